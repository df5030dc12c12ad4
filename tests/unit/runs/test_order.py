from __future__ import annotations

from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.records.notes.steadiness import RunDrift, UnknownDrift
from bench.records.run import Call
from bench.records.store import write_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.order import first_of_a_chain
from tests.made.records import new_run, repetition

CHAIN = [("opencv", 1, 100), ("opencv", 2, 200), ("tensorflow", 1, 300), ("tensorflow", 2, 400)]
IN_TURNS = [("opencv", 1, 100), ("opencv", 2, 300), ("tensorflow", 1, 200), ("tensorflow", 2, 400)]


def measured(tmp_path: Path, cells: list[tuple[str, int, int]]) -> RunFolder:
    folder = new_run(tmp_path)
    for framework, number, begin_s in cells:
        folder.write_repetition(repetition(number, begin_s, framework=framework))
    calls = [
        Call(id=name, framework=name, command=[], platform="linux/amd64", bench_version="0", began=now())
        for name in dict.fromkeys(framework for framework, _, _ in cells)
    ]
    folder.write_run(folder.read_run().model_copy(update={"calls": calls}))
    return folder


def test_a_chain_of_frameworks_began_with_its_earliest_cell(tmp_path: Path) -> None:
    folder = measured(tmp_path, CHAIN)
    first = first_of_a_chain(folder, folder.read_run())
    assert first is not None
    assert (first.framework, first.repetition) == ("opencv", 1)


@pytest.mark.parametrize("cells", [IN_TURNS, CHAIN[:2], []])
def test_frameworks_that_took_turns_and_one_alone_are_no_chain(
    tmp_path: Path, cells: list[tuple[str, int, int]]
) -> None:
    folder = measured(tmp_path, cells)
    assert first_of_a_chain(folder, folder.read_run()) is None


def test_what_the_first_cell_says_at_the_end_is_in_every_row_and_told(tmp_path: Path) -> None:
    folder = measured(tmp_path, CHAIN)
    again = repetition(1, 500, framework="opencv", inference_ns=[101_000_000] * 20)
    write_record(folder.again_json, again)
    results = merge(folder)
    assert [row.drift for row in results.rows] == [pytest.approx(-0.0198, abs=1e-4)] * 2  # ln(100 / 102)
    (note,) = [note for note in results.warnings if isinstance(note, RunDrift)]
    assert "the board drifted by -2.0%" in str(note)
    assert not [note for note in results.warnings if isinstance(note, UnknownDrift)]


def test_a_chain_that_nobody_measured_again_says_so_and_one_in_turns_does_not(tmp_path: Path) -> None:
    for name, cells, told in (("chain", CHAIN, 1), ("turns", IN_TURNS, 0)):
        results = merge(measured(tmp_path / name, cells))
        assert len([note for note in results.warnings if isinstance(note, UnknownDrift)]) == told
        assert {row.drift for row in results.rows} == {None}
