"""The page's tables of what follows from the results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.report.page.sections import claims, comparison, in_the_heat, precisions, sections
from bench.report.run import Gathered, gather
from bench.runs.folder import RunFolder
from tests.made.runs import made_cells, made_run, with_cell
from tests.unit.results.test_sustained import merged


def in_int8(gathered: Gathered) -> Gathered:
    """Return a run with OpenCV's Network in Network in int8 too: twice as fast, and three points less accurate."""
    (row,) = (row for row in gathered.rows if (row.framework, row.model) == ("opencv", "nin"))
    assert row.throughput_fps and row.top1
    loss = {"top1": row.top1 - 0.03, "top1_loss": 0.03, "top1_loss_ci95_low": -0.01, "top1_loss_ci95_high": 0.07}
    int8 = row.model_copy(update={"precision": "int8", "throughput_fps": 2 * row.throughput_fps, **loss})
    return replace(gathered, results=gathered.results.model_copy(update={"rows": [*gathered.rows, int8]}))


def test_int8_stands_beside_float32_with_what_it_gives_and_costs(tmp_path: Path) -> None:
    gathered = in_int8(gather(made_run(tmp_path, repetitions=3)))
    table = precisions([gathered])
    (row,) = table.rows
    told = dict(zip(table.headings, row))
    assert told["Speed"].startswith("×2.00 ±")
    assert (told["Top-1 [%]"], told["in float32"], told["lost [points]"]) == ("55.0", "58.0", "3.0 (-1 to 7)")


def test_a_run_in_float32_has_no_such_table(tmp_path: Path) -> None:
    assert [table.name for table in sections([gather(made_run(tmp_path))])] == ["claims"]


def test_what_became_of_a_cell_in_the_heat_is_a_row(tmp_path: Path) -> None:
    merged(tmp_path)
    (row,) = in_the_heat([gather(RunFolder(tmp_path / "r"))]).rows
    assert row[2] == "30"
    assert row[3].startswith("10") and "5 W" in row[3]
    assert row[4].startswith("6.2") and "4 W" in row[4]
    assert row[5] == "after 401 s"


def test_the_newest_run_is_compared_with_the_one_before_on_the_same_board(tmp_path: Path) -> None:
    faster = with_cell(made_cells(), "caffe", "nin", fps=9.6)
    runs = [
        gather(made_run(tmp_path, "a", repetitions=3)),
        gather(made_run(tmp_path, "b", day=1, repetitions=3)),
        gather(made_run(tmp_path, "c", day=2, repetitions=3, cells=faster)),
        gather(made_run(tmp_path, "other", day=3, board="Raspberry Pi 5 Model B Rev 1.0")),
    ]
    rows = comparison(runs).rows
    assert {tuple(row[1:3]) for row in rows} == {("b", "c")}
    (caffe,) = (row for row in rows if row[0] == "Caffe · Network in Network")
    assert caffe[5].startswith("2.000 ±") and caffe[7] == "faster"


def test_boards_are_compared_with_the_first_where_none_has_two_runs(tmp_path: Path) -> None:
    boards = {"a": "Raspberry Pi 4 Model B Rev 1.4", "b": "Raspberry Pi 5 Model B Rev 1.0"}
    runs = [gather(made_run(tmp_path, name, board=board)) for name, board in boards.items()]
    assert {tuple(row[1:3]) for row in comparison(runs).rows} == {("Pi 4B: a", "Pi 5B: b")}


def test_claims_are_those_of_the_paper_and_say_where_a_board_is_simulated(tmp_path: Path) -> None:
    gathered = gather(made_run(tmp_path, repetitions=3))
    table = claims([gathered])
    verdicts = {row[0]: row[2] for row in table.rows}
    assert verdicts["SqueezeNet has the highest throughput in every framework"] == "confirmed"
    board = gathered.results.board.model_copy(update={"simulated": True})
    simulated = replace(gathered, results=gathered.results.model_copy(update={"board": board}))
    assert claims([simulated]).headings[2] == "Here (simulated board)"
