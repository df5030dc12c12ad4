from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.board.clocks import now
from bench.decide.quantities import unfit
from bench.measure.profiles import find_profile
from bench.records.columns import Results
from bench.records.notes.steadiness import InTheHeat
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Window
from bench.records.store import write_record
from bench.results.merge import merge
from tests.made.records import SECOND, new_run, predict, repetition

FELL_S, WHOLE_S = 400, 1800
FAST_S, SLOW_S = 0.1, 0.16


def merged(tmp_path: Path, falls: bool = True, restless: bool = False) -> Results:
    """Merge half an hour of one cell: 10 images a second at 5 W, then 6.25 at 4 W."""
    folder = new_run(tmp_path, profile="sustained")
    slow_s = SLOW_S if falls else FAST_S
    times = [FAST_S] * round(FELL_S / FAST_S) + [slow_s] * round((WHOLE_S - FELL_S) / slow_s)
    noise = np.exp(np.random.default_rng(0).normal(0, 0.01, len(times)))
    if restless:
        noise *= np.linspace(1, 1.3, len(times))
    begin_ns = 1000 * SECOND
    inference_ns = [round(image_s * factor * SECOND) for image_s, factor in zip(times, noise)]
    folder.write_repetition(
        repetition(
            windows=[Window(name="timed", begin_ns=begin_ns, end_ns=begin_ns + sum(inference_ns))],
            preprocess_ns=[0] * len(times),
            inference_ns=inference_ns,
        )
    )
    predict(folder, right=6, in_five=2, wrong=2)
    write_record(
        folder.path / "sampler.json",
        SamplerRecord(meter="hwmon", boundary="usb-input", uncertainty=0.01, period_s=1, began=now(), ended=now()),
    )
    lines = []
    for second in range(990, 3500):
        fallen = falls and second > 1000 + FELL_S
        bits = "0x20002" if fallen else "0x0"
        lines.append(
            f"{second * SECOND},{4 if fallen else 5},,,{82 if fallen else 60},{1000 if fallen else 1500},{bits}"
        )
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return merge(folder)


def test_it_lasts_half_an_hour() -> None:
    assert find_profile("sustained").timed_s == 1800


def test_a_cell_that_gets_hot_shows_both_speeds_and_when_it_fell(tmp_path: Path) -> None:
    results = merged(tmp_path)
    (found,) = results.sustained
    assert found.minutes == pytest.approx(30, rel=0.01)
    assert found.first.throughput_fps == pytest.approx(1 / FAST_S, rel=0.01)
    assert (found.first.power_w, found.first.temp_c, found.first.arm_mhz) == (5, 60, 1500)
    assert found.plateau is not None
    assert found.plateau.throughput_fps == pytest.approx(1 / SLOW_S, rel=0.01)
    assert found.plateau.latency_ms_p50 == pytest.approx(160, rel=0.01)
    assert (found.plateau.power_w, found.plateau.temp_c, found.plateau.arm_mhz) == (4, 82, 1000)
    assert found.clock_fell_s == pytest.approx(FELL_S + 1, abs=0.5)
    joules = 5 * FELL_S + 4 * (WHOLE_S - FELL_S)
    images = FELL_S / FAST_S + (WHOLE_S - FELL_S) / SLOW_S
    assert found.images_per_joule == pytest.approx(images / joules, rel=0.01)
    assert found.correct_images_per_joule == pytest.approx(0.6 * images / joules, rel=0.01)


def test_a_falling_clock_is_a_finding_there_and_no_failure(tmp_path: Path) -> None:
    results = merged(tmp_path)
    assert (results.rows[0].status, unfit(results.rows[0])) == ("ok", None)
    (note,) = [note for note in results.warnings if isinstance(note, InTheHeat)]
    assert str(note) == (
        "opencv googlenet, 30 min: 10.00 img/s at 60 °C in the first minute, 6.25 img/s at 82 °C on the plateau "
        "(62% of it); the clock first fell after 401 s"
    )


def test_a_cool_cell_says_that_the_clock_never_fell(tmp_path: Path) -> None:
    (found,) = merged(tmp_path, falls=False).sustained
    assert found.clock_fell_s is None
    assert found.plateau is not None and found.plateau.arm_mhz == 1500


def test_what_goes_on_changing_has_no_plateau(tmp_path: Path) -> None:
    results = merged(tmp_path, restless=True)
    assert results.sustained[0].plateau is None
    assert any("no plateau was reached" in str(note) for note in results.warnings)
