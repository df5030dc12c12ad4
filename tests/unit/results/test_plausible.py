"""Numbers that can't be true are named, and not used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bench.errors import UserError
from bench.power.plausible import most_w
from bench.records.columns import RESULT_COLUMNS
from bench.records.notes.power import DeadMeter, ImplausibleSamples, PowerEmpty
from bench.records.run import Board
from bench.records.sampler import SamplerRecord
from bench.records.store import read_record
from bench.results.load import load_results
from bench.results.merge import merge
from bench.results.table_file import read_rows
from tests.made.records import new_run, repetition, sample
from tests.made.runs import made_cells, made_run


def test_a_sample_of_more_than_the_board_can_take_is_named_and_left_out(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    sample(folder, 4.0)
    file = folder.path / "samples.csv"
    lines = file.read_text().splitlines()
    middle = next(number for number, line in enumerate(lines) if line.startswith("101000000000,"))
    lines[middle] = lines[middle].replace(",4.0,", ",6035,")
    file.write_text("\n".join(lines) + "\n")
    results = merge(folder)
    (note,) = [note for note in results.warnings if isinstance(note, ImplausibleSamples)]
    assert str(note) == "samples.csv: one sample says 6035 W, which this board can't take: left out of power and energy"
    assert (results.rows[0].power_w_mean, results.rows[0].power_w_max) == (pytest.approx(4.0), 4.0)


@pytest.mark.parametrize(("model", "watts"), [("Raspberry Pi 5 Model B Rev 1.0", 40.0), ("AMD Ryzen 9", 2000.0)])
def test_what_a_board_can_take_depends_on_the_board(model: str, watts: float) -> None:
    board = Board(model=model, machine="", cpus=4, memory_mib=1, page_size=4096, kernel="", os="", userland_bits=64)
    assert most_w(board) == watts


def test_a_meter_that_shows_nothing_is_named(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    sample(folder, 0.0)
    (note,) = [note for note in merge(folder).warnings if isinstance(note, DeadMeter)]
    assert "meter hwmon showed at most 0.00 W while networks ran" in str(note)


def test_a_cell_of_a_boot_without_a_sampler_has_a_reason_for_having_no_power(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    record = repetition()
    elsewhere = record.clocks.model_copy(update={"boot_id": "another boot"})
    folder.write_repetition(record.model_copy(update={"clocks": elsewhere}))
    sample(folder, 4.0)
    results = merge(folder)
    assert results.rows[0].power_w_mean is None
    (note,) = [note for note in results.warnings if isinstance(note, PowerEmpty)]
    assert note.cells == ["opencv googlenet"]


@pytest.mark.parametrize(
    "damage",
    [
        {"inference_ns": [99_000_000] * 19 + [10**400]},
        {"inference_ns": [99_000_000] * 19 + [-1]},
        {"load_ns": -1},
        {"peak_rss_mib": 1e300},
    ],
)
def test_a_record_with_a_number_that_can_not_be_is_named_and_not_used(
    tmp_path: Path, damage: dict[str, object]
) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    folder.write_repetition(repetition(2).model_copy(update=damage))
    results = merge(folder)
    assert (results.rows[0].repetitions, results.rows[0].throughput_fps) == (1, pytest.approx(10.0))
    assert any("rep-02.json" in str(note) for note in results.warnings)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("throughput_fps", "nan"),
        ("throughput_fps", "-5"),
        ("throughput_fps", "0"),
        ("throughput_fps", "inf"),
        ("throughput_fps", "1e308"),
        ("top1", "7.0"),
        ("top1", "-1"),
        ("images_classified", "-3"),
        ("power_uncertainty", "-1"),
        ("power_w_mean", "nan"),
        ("throughput_fps", "5e-324"),
        ("throughput_sd_log", "1e308"),
        ("top1_loss", "1000"),
        ("drift", "1e308"),
        ("images_before_fall", "-1"),
    ],
)
def test_a_table_with_a_number_that_can_not_be_is_refused_by_line_and_column(
    tmp_path: Path, column: str, value: str
) -> None:
    fields = {"run_id": "r", "board": "b", "framework": "opencv", "model": "nin", "status": "ok", column: value}
    path = tmp_path / "results.csv"
    path.write_text(f"{','.join(RESULT_COLUMNS)}\n{','.join(fields.get(name, '') for name in RESULT_COLUMNS)}\n")
    with pytest.raises(UserError, match=rf"line 2, is no row of a results\.csv \({column}: "):
        read_rows(path)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results.csv of a run of sixteen cells."""
    folder = made_run(tmp_path_factory.mktemp("table") / "runs", repetitions=3)
    merge(folder)
    return folder.results_csv


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text + text.splitlines()[1], "has opencv nin in line 2 and in line 18 again"),
        (lambda text: text.splitlines()[0] + "\n", "has no row but the columns' names"),
        (lambda text: text[: len(text) // 2], r"line 9, is no row .* \(it ends before its last column\)"),
        (lambda text: text.replace(",", ";"), "does not name the columns, run_id among them, with commas"),
        (lambda text: text.replace(",top5,", ",top1,", 1), "has the column top1 twice"),
        (lambda text: text.replace(",top1,", ",TOP1,", 1), r"\(TOP1: Extra inputs are not permitted\)"),
    ],
)
def test_a_table_that_came_from_elsewhere_torn_or_with_a_cell_twice_is_refused(
    tmp_path: Path, table: Path, change: Callable[[str], str], told: str
) -> None:
    path = tmp_path / "results.csv"
    path.write_text(change(table.read_text()))
    with pytest.raises(UserError, match=told):
        load_results(tmp_path, str(path))


def test_a_table_without_the_accuracy_that_its_merit_rests_on_is_refused(tmp_path: Path, table: Path) -> None:
    path = tmp_path / "results.csv"
    pd.read_csv(table, dtype=str).drop(columns="top1").to_csv(path, index=False)
    with pytest.raises(UserError, match=r"fom_top1 is [\d.]+, without all of top1, throughput_fps and power_w_mean"):
        read_rows(path)


def test_a_spreadsheet_s_mark_and_another_order_of_columns_change_no_row(tmp_path: Path, table: Path) -> None:
    path = tmp_path / "results.csv"
    text = pd.read_csv(table, dtype=str)[list(reversed(RESULT_COLUMNS))].to_csv(index=False, lineterminator="\r\n")
    path.write_bytes(text.encode("utf-8-sig"))
    assert read_rows(path) == read_rows(table)


def test_a_sampler_whose_uncertainty_can_not_be_costs_its_power_alone(tmp_path: Path) -> None:
    folder = made_run(tmp_path / "runs", cells=made_cells()[:1])
    path = folder.path / "sampler.json"
    record = read_record(path, SamplerRecord).model_dump()
    path.write_text(json.dumps({**record, "uncertainty": 1e308}))
    results = merge(folder)
    assert (results.rows[0].status, results.rows[0].power_w_mean) == ("ok", None)
    assert results.rows[0].throughput_fps is not None
    assert any("sampler.json" in str(note) and "uncertainty" in str(note) for note in results.warnings)


def test_a_cell_whose_records_give_no_number_says_which(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number, mib in ((1, 100.0), (2, 5e-324)):
        folder.write_repetition(repetition(number).model_copy(update={"peak_rss_mib": mib}))
    row = merge(folder).rows[0]
    assert (row.status, row.throughput_fps) == ("failed", None)
    assert row.error is not None and "its records give no number (peak_rss_mib_sd_log: " in row.error
