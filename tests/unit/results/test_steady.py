from __future__ import annotations

from pathlib import Path

import pytest

from bench.records.notes import Note
from bench.records.notes.steadiness import (
    BusyIdle,
    BusyTimed,
    Drifting,
    FanPower,
    IdleLikeLoad,
    NotSteady,
    SlowRepetition,
    TwoModes,
)
from bench.results.merge import merge
from bench.results.steady import has_fan
from bench.runs.folder import RunFolder
from tests.made.records import new_run, repetition, sample

KINDS = (BusyIdle, BusyTimed, Drifting, FanPower, IdleLikeLoad, NotSteady, SlowRepetition, TwoModes)


def of_rates(tmp_path: Path, *milliseconds: float) -> RunFolder:
    folder = new_run(tmp_path, profile="full")
    for number, image_ms in enumerate(milliseconds, start=1):
        folder.write_repetition(repetition(number, 100 * number, inference_ns=[round(image_ms * 1e6)] * 20))
    return folder


def told(folder: RunFolder) -> tuple[bool | None, list[Note]]:
    results = merge(folder)
    return results.rows[0].steady, [note for note in results.warnings if isinstance(note, KINDS)]


def test_a_steady_cell_says_nothing(tmp_path: Path) -> None:
    assert told(of_rates(tmp_path, 99, 100, 101, 99.5, 100.5)) == (True, [])


def test_two_modes_of_a_cell_are_told_with_both_speeds(tmp_path: Path) -> None:
    steady, (note,) = told(of_rates(tmp_path, 99, 109, 99.1, 109.1, 99))
    assert steady is False
    assert str(note) == (
        "opencv googlenet has two modes: 2 repetitions at 9.09 img/s, 3 at 10.00; its interval can't hold for both"
    )


def test_a_cell_that_slows_down_with_every_repetition_is_told(tmp_path: Path) -> None:
    steady, (note,) = told(of_rates(tmp_path, 99, 100, 101, 102, 103, 104))
    assert (steady, note) == (False, Drifting(cells=["opencv googlenet"]))


def test_a_window_that_slows_down_is_told_with_its_change(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    slowing = [99_000_000 + 200_000 * image for image in range(60)]
    folder.write_repetition(repetition(preprocess_ns=[1_000_000] * 60, inference_ns=slowing))
    steady, (note,) = told(folder)
    assert steady is False
    # From the mean of images 0 to 19 to that of images 40 to 59: 8 ms of 101.9.
    assert note == NotSteady(cells=["opencv googlenet repetition 1 (+7.9% time)"])


def test_a_slow_repetition_stands_out_from_its_neighbours(tmp_path: Path) -> None:
    _, (note,) = told(of_rates(tmp_path, 99, 99, 149))
    assert isinstance(note, SlowRepetition)
    assert (note.repetition, note.slower) == (3, pytest.approx(1 / 3))


def test_a_busy_processor_in_an_idle_window_is_told_with_the_results(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(idle_load=0.27))
    _, (note,) = told(folder)
    assert str(note).startswith("something else took up to 27% of the processor in idle windows (opencv googlenet)")
    folder.write_repetition(repetition(idle_load=0.04))
    assert told(folder)[1] == []


def test_what_else_ran_while_a_cell_was_timed_is_told_with_the_results(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(timed_load=0.31))
    assert told(folder)[1] == [BusyTimed(load=0.31, cells=["opencv googlenet"])]
    folder.write_repetition(repetition(timed_load=0.04))
    assert told(folder)[1] == []


def test_idle_power_that_equals_power_under_load_is_told(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(begin_s=150))
    sample(folder, watts=4.0, begin_s=140, end_s=160)
    assert told(folder)[1] == [IdleLikeLoad(cells=["opencv googlenet"])]


def test_a_fan_s_watts_are_said_to_be_in_the_numbers(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    run = folder.read_run()
    conditions = run.conditions.model_copy(update={"cooling": "heat sink and fan"})
    folder.write_run(run.model_copy(update={"conditions": conditions}))
    folder.write_repetition(repetition())
    assert told(folder)[1] == []  # nobody measured power
    sample(folder, watts=4.0)
    assert FanPower(cooling="heat sink and fan") in told(folder)[1]


@pytest.mark.parametrize(
    ("cooling", "expected"),
    [
        ("fan", True),
        ("Active Cooler", True),
        ("no fan", False),
        ("fan off", False),
        ("passive", False),
        ("none", False),
    ],
)
def test_a_fan_is_known_by_the_user_s_words(cooling: str, expected: bool) -> None:
    assert has_fan(cooling) is expected
