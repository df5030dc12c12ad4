"""Boards of one kind are one column, however many there are."""

from __future__ import annotations

from pathlib import Path

from bench.report.kinds import kinds_table
from bench.report.run import Gathered, gather
from tests.made.runs import MadeCell, made_run


def measured(folder: Path, name: str, board: str, fps: float) -> Gathered:
    cells = [MadeCell("opencv", "nin", rates=(fps * 0.99, fps, fps * 1.01))]
    return gather(made_run(folder, name, cells, board=board, repetitions=3))


def test_three_boards_of_one_kind_are_one_column_with_both_scatters(tmp_path: Path) -> None:
    boards = [measured(tmp_path, f"sept-{number}", "Pi 4", fps) for number, fps in enumerate((9.0, 10.0, 11.0))]
    table = kinds_table([*boards, measured(tmp_path, "sept-3", "Pi 5", 30.0)])
    assert table is not None
    assert table.headings == ["Cell", "Pi 4 (3 boards)", "Pi 5 (1 board)"]
    ((cell, several, one),) = table.rows
    assert cell == "OpenCV · Network in Network"
    assert several == "9.97 (3); between boards 10.0%, within one 1.0%"
    assert one == "30 (one board)"


def test_boards_of_different_kinds_have_no_such_table(tmp_path: Path) -> None:
    boards = [measured(tmp_path, "sept-1", "Pi 4", 10.0), measured(tmp_path, "sept-2", "Pi 5", 30.0)]
    assert kinds_table(boards) is None


def test_what_was_measured_once_does_not_tell_both_scatters_apart(tmp_path: Path) -> None:
    cells = [[MadeCell("opencv", "nin", fps=fps)] for fps in (10.0, 11.0)]
    boards = [gather(made_run(tmp_path, f"sept-{number}", own, board="Pi 4")) for number, own in enumerate(cells)]
    table = kinds_table(boards)
    assert table is not None
    assert table.rows[0][1] == "10.5 (2); 6.7%, between boards and within one not told apart"
