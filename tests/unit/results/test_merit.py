from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.records.columns import Row
from bench.records.notes.steadiness import IdleLikeLoad
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Window
from bench.records.store import write_record
from bench.results.merge import merge
from bench.results.power import Measured, merit
from bench.runs.folder import RunFolder
from tests.made.records import SECOND, new_run, only_row, predict, repetition

TIMED_W = 5.0


def windows(begin_s: float, idle_after: bool = True) -> list[Window]:
    marks = [("idle", begin_s - 1, begin_s), ("timed", begin_s, begin_s + 2), ("idle", begin_s + 2, begin_s + 3)]
    return [
        Window(name=name, begin_ns=round(begin * SECOND), end_ns=round(end * SECOND))
        for name, begin, end in marks[: 3 if idle_after else 2]
    ]


def record_power(folder: RunFolder, watts, begin_s: float, end_s: float, number: int = 1, **fields: object) -> None:
    """Write 100 samples a second of `watts`, a function of seconds."""
    ending = "" if number == 1 else f"-{number}"
    given = {"meter": "hwmon", "boundary": "usb-input", "uncertainty": 0.01, "period_s": 0.01, **fields}
    write_record(folder.path / f"sampler{ending}.json", SamplerRecord(began=now(), ended=now(), **given))
    slots = range(round(begin_s * 100), round(end_s * 100) + 1)
    lines = [f"{slot * SECOND // 100},{watts(slot / 100)},,,,," for slot in slots]
    (folder.path / f"samples{ending}.csv").write_text("\n".join([HEADER, *lines]) + "\n")


def two_idles(before_w: float, after_w: float):
    """Return power that is idle before 100 s and after 102 s, and that of the load between."""
    return lambda seconds: before_w if seconds < 100 else after_w if seconds > 102 else TIMED_W


def test_net_energy_is_what_lies_above_the_idle_power_before_and_after(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(windows=windows(100)))
    record_power(folder, two_idles(1.9, 2.1), 98, 104)
    row = only_row(folder)
    assert row.power_w_idle == pytest.approx(2.0, abs=0.02)
    assert row.energy_j_per_image == pytest.approx(5.0 * 2 / 20, rel=0.005)
    assert row.energy_net_j_per_image == pytest.approx((5.0 - 2.0) * 2 / 20, rel=0.01)
    assert row.power_uncertainty == 0.01


def test_an_older_run_without_an_idle_window_after_has_net_energy_by_the_one_before(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(windows=windows(100, idle_after=False)))
    record_power(folder, two_idles(2.0, 99.0), 98, 104)
    assert only_row(folder).energy_net_j_per_image == pytest.approx(0.3, rel=0.01)


def test_each_repetition_is_compared_with_its_own_idle_power(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(1, windows=windows(100)))
    folder.write_repetition(repetition(2, windows=windows(200), preprocess_ns=[1] * 60, inference_ns=[99] * 60))
    warm = lambda seconds: two_idles(2.0, 2.0)(seconds) if seconds < 150 else 3.0 + (200 <= seconds <= 202)  # noqa: E731
    record_power(folder, warm, 98, 204)
    assert only_row(folder).energy_net_j_per_image == pytest.approx((3.0 * 2 + 1.0 * 2) / 80, rel=0.01)


def test_without_samples_in_the_idle_windows_net_energy_is_empty_and_the_rest_stays(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(windows=windows(100)))
    record_power(folder, lambda _: TIMED_W, 99.9, 102.1)
    row = only_row(folder)
    assert (row.power_w_idle, row.energy_net_j_per_image) == (None, None)
    assert row.power_w_mean == pytest.approx(5.0)


def part(fps: float = 10.0, watts: float = 4.0, seconds: float = 60.0) -> Measured:
    return Measured(round(fps * seconds), seconds, seconds, watts * seconds, None)


def ci95(measured: list[Measured], uncertainty: float | None, top1: float = 1.0) -> tuple[float, float]:
    facts = merit(measured, uncertainty, top1, None)
    return facts["fom_top1_ci95_low"], facts["fom_top1_ci95_high"]


def test_equal_repetitions_leave_the_meter_s_part_of_the_interval() -> None:
    # The middle 95 % of all errors that the maker allows, on the logarithmic scale.
    assert ci95([part()] * 5, 0.02) == pytest.approx((2.5 * math.exp(-0.019), 2.5 * math.exp(0.019)))


def test_a_perfect_meter_leaves_the_repetitions_scatter() -> None:
    watts = [3.8, 3.9, 4.0, 4.1, 4.2]
    # 2.776445 is Student's t for 95 % and four degrees of freedom, from any table.
    half = 2.776445 * statistics.stdev(map(math.log, watts)) / math.sqrt(5)
    low, high = ci95([part(watts=value) for value in watts], 0.0)
    assert (low, high) == pytest.approx((2.5 * math.exp(-half), 2.5 * math.exp(half)))


def width(measured: list[Measured], uncertainty: float) -> float:
    low, high = ci95(measured, uncertainty)
    return high - low


def test_both_parts_together_are_wider_than_each_and_narrower_than_their_sum() -> None:
    scattered = [part(watts=4 + step / 20) for step in (-2, -1, 0, 1, 2)]
    both, scatter, meter = width(scattered, 0.02), width(scattered, 0.0), width([part()] * 5, 0.02)
    assert max(scatter, meter) < both < scatter + meter


def test_one_repetition_has_a_merit_and_no_interval() -> None:
    facts = merit([part()], 0.01, 0.6, None)
    assert facts["fom_top1"] == 1.5
    assert ci95([part()], 0.01) == (None, None)


def test_two_repetitions_have_a_wide_one() -> None:
    half = 12.706205 * statistics.stdev([math.log(4.0), math.log(4.4)]) / math.sqrt(2)
    low, high = ci95([part(watts=4.0), part(watts=4.4)], 0.0)
    assert (low, high) == pytest.approx((10 / 4.2 * math.exp(-half), 10 / 4.2 * math.exp(half)))


def test_an_unknown_meter_has_a_merit_and_its_scatter_and_no_interval() -> None:
    facts = merit([part()] * 5, None, 0.6, None)
    assert facts == pytest.approx(
        {"fom_top1": 1.5, "fom_sd_log": 0.0, "fom_top1_ci95_low": None, "fom_top1_ci95_high": None}
    )


@pytest.mark.parametrize("repetitions", [1, 5])
def test_a_meter_that_may_be_off_by_everything_has_a_merit_and_no_interval(repetitions: int) -> None:
    assert merit([part()] * repetitions, 1.0, 0.6, None)["fom_top1"] == pytest.approx(1.5)
    assert ci95([part()] * repetitions, 1.0) == (None, None)
    low, high = ci95([part(), part()], 0.99)
    assert low < 2.5 < high


def test_an_interval_scales_with_accuracy() -> None:
    facts = merit([part(), part()], 0.01, 0.5, 0.8)
    assert facts["fom_top5_ci95_low"] / facts["fom_top1_ci95_low"] == pytest.approx(1.6)
    assert facts["fom_top1_ci95_low"] < facts["fom_top1"] == 1.25 < facts["fom_top1_ci95_high"]


def test_a_board_of_less_than_a_watt_has_its_merit() -> None:
    assert merit([part(watts=0.8)], 0.01, 0.5, None)["fom_top1"] == pytest.approx(0.5 * 10 / 0.8)


def test_a_meter_that_shows_zero_watts_gives_no_merit() -> None:
    assert merit([part(watts=0.0)], 0.01, 0.5, 0.8) == {}


def test_five_repetitions_reach_the_row_with_their_interval(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    for number in range(1, 6):
        folder.write_repetition(repetition(number, windows=windows(100 * number)))
    predict(folder, right=6, in_five=2, wrong=2)
    record_power(folder, lambda _: 4.0, 90, 510)
    row = only_row(folder)
    assert row.fom_top1 == pytest.approx(1.5)
    bounds = (row.fom_top1_ci95_low, row.fom_top1_ci95_high, row.fom_top5_ci95_low, row.fom_top5_ci95_high)
    assert bounds == pytest.approx(
        [rate * math.exp(half) for rate in (1.5, 2.0) for half in (-0.0095, 0.0095)], rel=1e-3
    )


@pytest.mark.parametrize("other", [{"meter": "i2c"}, {"boundary": "wall"}])
def test_repetitions_by_different_meters_have_no_power_together(tmp_path: Path, other: dict[str, str]) -> None:
    folder = new_run(tmp_path)
    for number in (1, 2):
        folder.write_repetition(repetition(number, windows=windows(100 * number)))
    record_power(folder, lambda _: 4.0, 98, 104)
    record_power(folder, lambda _: 5.0, 198, 204, number=2, **other)
    results = merge(folder)
    assert (results.rows[0].power_w_mean, results.rows[0].meter, results.rows[0].fom_top1) == (None, None, None)
    assert [*map(str, results.warnings)] == [
        "power is empty: its repetitions were measured by different meters (opencv googlenet)"
    ]


def test_two_samplers_of_one_meter_give_power_together_by_the_worse_of_their_uncertainties(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number in (1, 2):
        folder.write_repetition(repetition(number, windows=windows(100 * number)))
    record_power(folder, lambda _: 4.0, 98, 104, uncertainty=0.02)
    record_power(folder, lambda _: 5.0, 198, 204, number=2, uncertainty=0.01)
    row = only_row(folder)
    assert (row.power_w_min, row.power_w_mean, row.power_w_max) == pytest.approx((4.0, 4.5, 5.0))
    assert (row.meter, row.power_uncertainty) == ("hwmon", 0.02)


def test_the_spread_of_power_is_its_range_by_its_mean_in_each_window(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number in (1, 2):
        folder.write_repetition(repetition(number, windows=windows(100 * number)))
    ripple = lambda seconds: 4.0 + 2.0 * (round(seconds * 100) % 2)  # noqa: E731
    record_power(folder, lambda seconds: ripple(seconds) if seconds < 150 else 5.0, 98, 204)
    row = only_row(folder)
    assert (row.power_w_min, row.power_w_mean, row.power_w_max) == pytest.approx((4.0, 5.0, 6.0))
    assert row.power_spread == pytest.approx((0.4 + 0.0) / 2)


def test_the_scatter_of_energy_is_that_of_each_repetition_s_own(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(1, windows=windows(100)))
    folder.write_repetition(
        repetition(2, windows=windows(200), preprocess_ns=[1_000_000] * 10, inference_ns=[199_000_000] * 10)
    )
    watts = lambda seconds: 4.0 if 100 <= seconds <= 102 else 8.0 if 200 <= seconds <= 202 else 2.0  # noqa: E731
    record_power(folder, watts, 98, 204)
    row = only_row(folder)
    # 0.4 and 1.6 J per image, of which 0.2 and 0.4 J are the idle board's.
    assert row.energy_j_per_image == pytest.approx((8 + 16) / 30)
    assert row.energy_j_per_image_sd_log == pytest.approx(math.log(4) / math.sqrt(2))
    assert row.energy_net_j_per_image == pytest.approx((4 + 12) / 30, rel=0.01)
    assert row.energy_net_j_per_image_sd_log == pytest.approx(math.log(6) / math.sqrt(2), rel=0.01)
    assert row.power_w_mean_sd_log == pytest.approx(math.log(2) / math.sqrt(2))


def test_one_repetition_without_power_leaves_the_cell_without(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number in (1, 2):
        folder.write_repetition(repetition(number, windows=windows(100 * number)))
    record_power(folder, lambda _: 4.0, 98, 104)
    results = merge(folder)
    assert (results.rows[0].power_w_mean, results.rows[0].repetitions) == (None, 2)
    assert [*map(str, results.warnings)] == ["power is empty: no samples (opencv googlenet)"]


def test_a_real_meter_goes_before_a_simulated_one_that_saw_the_same_window(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(windows=windows(100)))
    record_power(folder, lambda _: 6.0, 98, 104, meter="simulated", boundary="simulated")
    record_power(folder, lambda _: 4.0, 98, 104, number=2)
    row = only_row(folder)
    assert (row.meter, row.power_w_mean) == ("hwmon", pytest.approx(4.0))


def on_a_pi(folder: RunFolder, idle_w: float, **fields: object) -> tuple[Row, list[str]]:
    run = folder.read_run()
    board = run.board.model_copy(update={"model": "Raspberry Pi 4 Model B Rev 1.4"})
    folder.write_run(run.model_copy(update={"board": board}))
    folder.write_repetition(repetition(windows=windows(100)))
    record_power(folder, two_idles(idle_w, idle_w), 98, 104, **fields)
    results = merge(folder)
    return results.rows[0], [str(note) for note in results.warnings if not isinstance(note, IdleLikeLoad)]


def test_a_wrong_shunt_is_hinted_at_by_an_idle_power_that_no_pi_has(tmp_path: Path) -> None:
    row, warnings = on_a_pi(new_run(tmp_path), 27.0, details={"shunt_ohm": 0.01})
    assert warnings == [
        "idle power of 26.89 W by meter hwmon is implausible, a Raspberry Pi takes 0.5 to 8 W: check that the shunt "
        "really has the 0.01 ohm that the meter is told, and measure again"
    ]
    assert (row.status, row.power_w_mean) == ("ok", pytest.approx(5.0, rel=0.05))


@pytest.mark.parametrize(
    ("idle_w", "fields"), [(2.7, {}), (27.0, {"boundary": "cpu-package"}), (27.0, {"boundary": "simulated"})]
)
def test_plausible_idle_power_needs_no_hint(tmp_path: Path, idle_w: float, fields: dict[str, object]) -> None:
    assert on_a_pi(new_run(tmp_path), idle_w, **fields)[1] == []
