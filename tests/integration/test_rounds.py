"""`bench up` without containers, measured in rounds."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.catalog.settings import MeterSettings, PlaceSettings, PlanSettings
from bench.launch import embedded
from bench.launch.settings import Settings
from bench.records.columns import Results
from bench.records.store import read_record
from tests.made.program import MODELS, OFFLINE
from tests.made.rounds import only_run, order_of, two_short_rounds


def test_each_round_measures_every_cell_once_and_what_is_missing_only_once(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_short_rounds(monkeypatch, embedded, "prepare_and_open")
    monkeypatch.setattr(embedded, "_python", lambda *_: Path(sys.executable))
    for name, nowhere in OFFLINE.items():
        monkeypatch.setenv(name, nowhere)
    settings = Settings(
        plan=PlanSettings(models=list(MODELS), frameworks=["opencv", "caffe"]),
        meter=MeterSettings(meter="simulated"),
        place=PlaceSettings(results=results),
    )
    said = io.StringIO()
    assert embedded.embedded_up(settings, ["opencv", "caffe"], Console(file=said)) == 0
    folder = only_run(results)
    order = order_of(folder)
    assert [number for number, _, _ in order] == [1, 1, 2, 2]
    assert {model for _, _, model in order[:2]} == {model for _, _, model in order[2:]} == set(MODELS)
    rounds = [(call.framework, call.command[call.command.index("--round") + 1]) for call in folder.read_run().calls]
    assert sorted(rounds) == [("caffe", "1"), ("opencv", "1"), ("opencv", "2")]
    rows = read_record(folder.results_json, Results).rows
    assert {(row.framework, row.status, row.repetitions) for row in rows} == {
        ("opencv", "ok", 2),
        ("caffe", "unavailable", 0),  # not installed here
    }
    assert all(row.throughput_ci95_low is not None for row in rows if row.framework == "opencv")
