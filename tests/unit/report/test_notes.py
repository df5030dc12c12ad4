from __future__ import annotations

from pathlib import Path

from bench.records.notes.power import PowerEmpty
from bench.records.notes.results import MissingMeter, NotOk, OwnWeights
from bench.report.notes import notes_on
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.records import new_run, repetition


def unpowered(tmp_path: Path) -> RunFolder:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    return folder


def test_a_run_without_a_meter_says_so_whatever_else_is_noted(tmp_path: Path) -> None:
    results = merge(unpowered(tmp_path))
    assert MissingMeter() in notes_on(results)
    other = OwnWeights(source="keras")
    noted = notes_on(results.model_copy(update={"warnings": [other]}))
    assert MissingMeter() in noted and noted[-1] == other


def test_who_sampled_in_vain_is_not_told_to_connect_a_meter(tmp_path: Path) -> None:
    empty = PowerEmpty(reason="no samples", cells=["opencv googlenet"])
    results = merge(unpowered(tmp_path)).model_copy(update={"warnings": [empty]})
    assert MissingMeter() not in notes_on(results)
    assert notes_on(results)[-1] == empty


def test_cells_that_ended_alike_share_a_note(tmp_path: Path) -> None:
    results = merge(unpowered(tmp_path))
    rows = [
        results.rows[0].model_copy(update={"model": model, "status": "oom", "error": "killed"})
        for model in ("nin", "googlenet")
    ]
    rows.append(rows[0].model_copy(update={"framework": "caffe"}))
    first, second = (note for note in notes_on(results.model_copy(update={"rows": rows})) if isinstance(note, NotOk))
    assert first == NotOk(framework="opencv", status="oom", error="killed", models=["nin", "googlenet"])
    assert str(second) == "caffe: oom: killed (nin)"
