"""What becomes of a cell when the board slows down: the status, the words, and the numbers that survive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.records.columns import Row
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.store import write_record
from bench.results.merge import merge
from tests.made.records import SECOND, new_run, only_row, repetition

SECONDS = range(95, 106)
"""A reading of the board at each; the timed window of `repetition` goes from 100 to 102."""


@pytest.fixture
def row(tmp_path: Path) -> Callable[..., Row]:
    """Merge a run of one cell at 4 W whose board told clock (MHz) and bits at each of SECONDS."""

    def merged(clock: Callable[[int], float] = lambda _: 1500, bits: Callable[[int], int] = lambda _: 0) -> Row:
        folder = new_run(tmp_path)
        folder.write_repetition(repetition())
        record = SamplerRecord(meter="hwmon", boundary="usb-input", period_s=1, began=now(), ended=now())
        write_record(folder.path / "sampler.json", record)
        lines = [f"{second * SECOND},4,,,55.5,{clock(second)},{bits(second):#x}" for second in SECONDS]
        (folder.path / "samples.csv").write_text("\n".join([HEADER, *lines]) + "\n")
        return only_row(folder)

    return merged


def test_bits_set_before_the_run_leave_the_cell_alone(row: Callable[..., Row]) -> None:
    found = row(bits=lambda _: 0x50000)
    assert (found.status, found.throttled, found.error) == ("ok", False, None)


def test_a_now_bit_marks_the_cell_though_its_sticky_bit_was_set_before(row: Callable[..., Row]) -> None:
    found = row(bits=lambda second: 0x50005 if second == 101 else 0x50000)
    assert (found.status, found.throttled) == ("throttled", True)
    assert found.error == (
        "the firmware reported under-voltage (0x5; use a stronger power supply and a short cable) "
        "in the timed window of repetition 1"
    )


def test_bits_set_during_the_window_mark_the_cell_and_keep_its_numbers(row: Callable[..., Row]) -> None:
    found = row(bits=lambda second: 0x60000 if second >= 101 else 0)
    assert (found.status, found.throttled) == ("throttled", True)
    assert (
        found.error
        == "the firmware reported throttling (0x60000; cool the board better) in the timed window of repetition 1"
    )
    assert found.throughput_fps == pytest.approx(10.0)
    assert found.power_w_mean == pytest.approx(4.0)


def test_bits_set_outside_the_window_leave_the_cell_alone(row: Callable[..., Row]) -> None:
    assert row(bits=lambda second: 0x4 if second in (97, 105) else 0).status == "ok"


def test_a_clock_that_drops_during_the_window_marks_the_cell_and_keeps_its_numbers(row: Callable[..., Row]) -> None:
    found = row(clock=lambda second: 1000 if second >= 102 else 1500)
    assert (found.status, found.throttled, found.arm_mhz_min) == ("throttled", True, 1000)
    assert (
        found.error
        == "the clock fell from 1500 to 1000 MHz (cool the board better) in the timed window of repetition 1"
    )
    assert found.throughput_fps == pytest.approx(10.0)
    assert found.power_w_mean == pytest.approx(4.0)


@pytest.mark.parametrize(("end", "status"), [(1425, "ok"), (1424, "throttled")])
def test_a_clock_may_drop_by_five_percent(row: Callable[..., Row], end: float, status: str) -> None:
    assert row(clock=lambda second: end if second == 101 else 1500).status == status


def test_a_clock_that_ondemand_raises_for_the_window_is_no_drop(row: Callable[..., Row]) -> None:
    found = row(clock=lambda second: 1500 if 100 <= second <= 102 else 600)
    assert (found.status, found.arm_mhz_min) == ("ok", 1500)


def test_any_repetition_that_was_slowed_marks_the_cell(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    for number in range(1, 6):
        folder.write_repetition(repetition(number, begin_s=100 * number))
    record = SamplerRecord(meter="none", period_s=1, began=now(), ended=now())
    write_record(folder.path / "sampler.json", record)
    lines = [f"{second * SECOND},,,,50,{1200 if second == 401 else 1500},0x0" for second in range(90, 510)]
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    results = merge(folder)
    assert results.rows[0].status == "throttled"
    assert results.rows[0].error is not None and results.rows[0].error.endswith("timed window of repetition 4")
