"""Numbers that can't be true are named, and not used."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UserError
from bench.power.plausible import most_w
from bench.records.columns import RESULT_COLUMNS
from bench.records.notes.power import DeadMeter, ImplausibleSamples, PowerEmpty
from bench.records.schema import Board
from bench.results.merge import merge
from bench.results.table_file import read_rows
from tests.made.records import new_run, repetition, sample


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
