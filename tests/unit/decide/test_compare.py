from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bench.cli.app import app
from bench.decide.compare import CellComparison, compare, floor_of, slower_by
from bench.decide.differences import Pairs
from bench.decide.wishes import slower_than
from bench.errors import UserError
from bench.records.columns import Row
from bench.records.proportions import Paired
from bench.records.student import two_sided
from bench.report.terminal.verdicts import comparison_table
from bench.results.load import LoadedResults
from bench.results.merge import results_csv
from tests.made.rows import SD_LOG, made_row, made_rows


def with_scatter(fps: float, sd_log: float = 0.01, **fields: object) -> Row:
    return made_row("opencv", "nin", throughput_fps=fps, throughput_sd_log=sd_log, **fields)


def one_cell(first: Row, second: Row) -> CellComparison:
    (cell,) = compare([first], [second])
    return cell


@pytest.mark.parametrize(("second", "verdict"), [(11.0, "faster"), (9.0, "slower"), (10.1, "can't tell")])
def test_an_interval_that_leaves_out_one_tells(second: float, verdict: str) -> None:
    cell = one_cell(with_scatter(10.0), with_scatter(second))
    assert cell.verdict == verdict
    assert cell.why == []
    speed = cell.ratios["throughput"]
    assert (speed.first, speed.second, speed.ratio) == (10.0, second, pytest.approx(second / 10))
    # Welch with three and three repetitions of equal scatter: four degrees of freedom, t = 2.776445.
    half = 2.776445 * 0.01 * math.sqrt(2 / 3)
    assert (speed.low, speed.high) == pytest.approx((second / 10 * math.exp(-half), second / 10 * math.exp(half)))
    # t(0.8, 4) = 0.940965
    assert speed.detectable == pytest.approx(math.expm1((2.776445 + 0.940965) * 0.01 * math.sqrt(2 / 3)))


@pytest.mark.parametrize("lacking", [{"repetitions": 1, "throughput_sd_log": None}, {"throughput_sd_log": None}])
def test_without_an_interval_on_either_side_nobody_can_tell(lacking: dict[str, Any]) -> None:
    whole, alone = with_scatter(10.0), with_scatter(60.0).model_copy(update=lacking)
    why = "measured once" if "repetitions" in lacking else "its table has no scatter"
    for first, second, ratio in ((whole, alone, 6), (alone, whole, 1 / 6), (alone, alone, 1)):
        cell = one_cell(first, second)
        assert (cell.verdict, cell.ratios["throughput"].ratio) == ("can't tell", pytest.approx(ratio))
        assert cell.why == [why]


def test_two_repetitions_that_have_nothing_in_common_tell_nothing() -> None:
    wild = with_scatter(10.0).model_copy(update={"repetitions": 2, "throughput_sd_log": 100.0})
    cell = one_cell(wild, with_scatter(11.0))
    assert cell.verdict == "can't tell"
    speed = cell.ratios["throughput"]
    assert speed.low is not None and speed.low < 1e-200 and speed.high is not None and 1e200 < speed.high < math.inf


def test_what_rounding_made_of_nothing_has_no_ratio() -> None:
    first, second = (with_scatter(10.0).model_copy(update={"peak_rss_mib": mib}) for mib in (200.0, 5e-324))
    assert "memory" not in one_cell(first, second).ratios
    assert "memory" not in one_cell(second, first).ratios


def test_the_cooling_is_said_with_each_run_and_where_it_differs() -> None:
    bare, cooled = made_row("opencv", "nin", cooling="none"), made_row("opencv", "nin", cooling="active cooler")
    assert LoadedResults("a", [cooled]).title == f"a · {cooled.board}, cooling: active cooler"
    assert "cooling: none against active cooler" in one_cell(bare, cooled).why


def test_sixteen_cells_need_a_surer_difference_than_one() -> None:
    second = made_rows(opencv_nin={"throughput_fps": 6.0 * 0.9953})
    alone = compare(made_rows()[:1], second[:1])[0]
    assert (alone.verdict, alone.why) == ("slower", [])
    among = compare(made_rows(), second)[0]
    assert (among.verdict, among.why) == ("can't tell", ["among so many cells chance gives such a one"])
    # All cells scatter alike: 32 variances of three repetitions are one. Half of what each gains to its 2 of 64 counts.
    t = math.log(0.9953) / (SD_LOG * math.sqrt(2 / 3))
    assert among.ratios["throughput"].p == pytest.approx(16 * two_sided(t, 2 * (2 + (64 - 2) / 2)))


def test_a_change_of_all_cells_is_found_by_all_of_them() -> None:
    slower = made_rows(
        **{
            f"{row.framework}_{row.model[:3]}": {"throughput_fps": 0.97 * (row.throughput_fps or 0)}
            for row in made_rows()
        }
    )
    assert {cell.verdict for cell in compare(made_rows(), slower)} == {"slower"}


def test_what_two_runs_of_the_same_differ_by_is_no_difference() -> None:
    first, again, second = with_scatter(10.0, 0.002), with_scatter(10.2, 0.002), with_scatter(10.15, 0.002)
    floor = floor_of([first], [again])
    assert floor == pytest.approx(0.02)
    assert one_cell(first, second).verdict == "faster"
    (cell,) = compare([first], [second], floor=floor)
    assert (cell.verdict, cell.why) == ("can't tell", ["two runs of the same differ as much"])
    (cell,) = compare([first], [with_scatter(10.3, 0.002)], floor=floor)
    assert cell.verdict == "faster"
    assert floor_of([first], []) is None


def test_every_quantity_has_its_ratio() -> None:
    second = with_scatter(20.0, power_w_mean=8.0, top1=0.44, peak_rss_mib=150.0, latency_ms_p95=50.0)
    ratios = one_cell(with_scatter(10.0, latency_ms_p95=100.0), second).ratios
    assert {name: round(found.ratio, 6) for name, found in ratios.items()} == {
        "throughput": 2.0,
        "p95": 0.5,
        "power": 2.0,
        "energy": 1.0,
        "merit": 0.8,
        "top1": 0.8,
        "memory": 1.5,
    }


def power_p(second_run: str) -> float:
    first, second = with_scatter(10.0), with_scatter(10.0, power_w_mean=3.94, run_id=second_run)
    found = one_cell(first, second).ratios["power"].p
    assert found is not None
    return found


def test_a_meter_s_scale_error_cancels_within_a_run_and_counts_between_two() -> None:
    # 1.5 % less power, a meter of 1 %, repetitions that scatter by 0.2 %.
    assert power_p("made") < 0.001
    assert power_p("another") > 0.05


@pytest.mark.parametrize("boundary", ["simulated", "wall"])
def test_power_that_does_not_compare_is_not_compared(boundary: str) -> None:
    cell = one_cell(with_scatter(10.0), with_scatter(10.0, boundary=boundary))
    assert set(cell.ratios) == {"throughput", "p95", "top1", "memory"}
    assert "not compared" in cell.why[-1]


def test_simulated_power_is_not_compared_with_itself() -> None:
    cell = one_cell(with_scatter(10.0, boundary="simulated"), with_scatter(10.0, boundary="simulated"))
    assert not {"power", "energy", "merit"} & set(cell.ratios)


def test_what_differs_beside_the_numbers_is_said() -> None:
    second = with_scatter(11.0, threads=4, weights_sha256="bb", framework_version="5", board="Raspberry Pi 5")
    first = with_scatter(10.0, threads=1, weights_sha256="aa", framework_version="4")
    assert one_cell(first, second).why == ["other board", "other weights", "1 against 4 threads", "version 4 against 5"]


def test_two_boards_of_one_name_are_told_apart_by_clock_and_surroundings() -> None:
    first = with_scatter(
        10.0, max_mhz=1500.0, governor="ondemand", cooling="none", ambient_c=21.0, boot_id="1", kernel="6.6"
    )
    second = with_scatter(
        12.0,
        max_mhz=1800.0,
        governor="performance",
        cooling="fan",
        ambient_c=28.5,
        boot_id="2",
        kernel="6.12",
        power_supply="bank",
        image_digest="b",
        temp_c_max=60.0,
    )
    assert one_cell(first, second).why == [
        "other boot",
        "a highest clock of 1500 against 1800 MHz",
        "governor ondemand against performance",
        "kernel 6.6 against 6.12",
        "cooling: none against fan",
        "21 against 28.5 °C around the board",
    ]


def test_the_thermal_state_is_looked_at() -> None:
    first = with_scatter(10.0, temp_c_max=55.0, arm_mhz_min=1500.0)
    second = with_scatter(9.0, temp_c_max=78.0, arm_mhz_min=1300.0, steady=False)
    assert one_cell(first, second).why == [
        "55 against 78 °C at the hottest",
        "a clock down to 1500 against 1300 MHz",
        "the second was not steady",
    ]


def test_a_cell_that_broke_is_broken_and_one_that_never_worked_is_not() -> None:
    good, bad = with_scatter(10.0), with_scatter(10.0, status="failed", error="boom")
    broken = one_cell(good, bad)
    assert (broken.verdict, broken.broken, broken.ratios) == ("can't tell", True, {})
    assert broken.why == ["the second: failed"]
    assert not one_cell(bad, good).broken
    assert not one_cell(bad, bad).broken
    (gone,) = compare([good], [])
    assert (gone.broken, gone.why) == (True, ["the second: not measured"])
    (new,) = compare([], [good])
    assert (new.broken, new.why) == (False, ["the first: not measured"])


@pytest.mark.parametrize(
    ("second", "fails"),
    [
        (with_scatter(9.0), True),
        (with_scatter(9.6), False),
        (with_scatter(9.0, sd_log=0.2), False),
        (with_scatter(9.0, repetitions=1), False),
        (with_scatter(11.0), False),
        (with_scatter(10.0, status="oom"), True),
    ],
)
def test_slower_than_allowed_is_found(second: Row, fails: bool) -> None:
    assert bool(slower_by(compare([with_scatter(10.0)], [second]), 0.05)) is fails


def shown_table(cells: list[CellComparison], floor: float = 0.0) -> list[str]:
    shown = io.StringIO()
    Console(width=121, file=shown).print(comparison_table(cells, "before", "after", 121, floor))
    return [" ".join(line.split()) for line in shown.getvalue().splitlines()]


def test_the_table_has_the_interval_and_the_reason_within_its_width() -> None:
    cells = compare([with_scatter(10.0)], [with_scatter(9.0, threads=4)])
    cells += compare([with_scatter(10.0)], [with_scatter(10.0, status="oom")])
    lines = shown_table(cells)
    (slower,) = [line for line in lines if line.endswith("slower")]
    # 2.3 % is the interval's half width, 3.1 % the smallest change that would have been found.
    assert slower == "OpenCV Network in Network 10.00 9.00 0.900 ±2.3% 3.1% 1.000 ±0.5% 0.900 ±0.5% slower"
    (broken,) = [line for line in lines if "broken" in line]
    assert broken == "OpenCV Network in Network broken the second: oom"
    assert "- 1 slower of 1, all taken together wrong in 5 % of cases (Holm)." in lines
    assert any("--against A2" in line for line in lines)


def test_the_table_says_what_to_run_to_be_able_to_tell() -> None:
    lines = shown_table(compare([with_scatter(10.0, repetitions=1)], [with_scatter(9.0)]))
    assert "- No interval (measured once), so nobody can tell: run both with --profile paper, or full." in lines
    old = with_scatter(10.0).model_copy(update={"throughput_sd_log": None})
    lines = shown_table(compare([old], [old]))
    assert any("'bench merge' of its run makes it" in line for line in lines)


def test_the_table_names_the_floor() -> None:
    lines = shown_table(compare([with_scatter(10.0)], [with_scatter(9.0)], floor=0.012), 0.012)
    assert "- Two runs of the same differ by up to 1.2%: nothing below that is a difference." in lines


def right_in(both: int, first: int, second: int, neither: int) -> Pairs:
    return lambda *_: Paired(both, first, second, neither)


def test_accuracy_on_the_same_images_is_compared_image_by_image() -> None:
    first, second = (
        with_scatter(10.0, top1=0.60, images_classified=500),
        with_scatter(10.0, top1=0.576, images_classified=500),
    )
    (paired,) = compare([first], [second], right_in(286, 2, 14, 198))
    (alone,) = compare([first], [second])
    assert paired.ratios["top1"].p == pytest.approx(0.0041809, rel=1e-3)  # the binomial test of 2 in 16
    assert (alone.ratios["top1"].p or 0) > 0.4
    assert alone.ratios["top1"].why == "as if of different images"
    assert any("top-1 60.0%, then 57.6%: no chance" in line for line in shown_table([paired]))
    assert any("as if of different images" in line for line in shown_table([alone]))


def merit_p(**second: object) -> float:
    one = with_scatter(10.0, top1=0.60, images_classified=500)
    found = one_cell(one, with_scatter(10.0, top1=0.576, images_classified=500, **second)).ratios["merit"].p
    assert found is not None
    return found


def test_merit_carries_the_choice_of_images_where_models_differ_and_none_where_the_same_ran_in_both() -> None:
    assert merit_p() < 0.001
    assert merit_p(weights_sha256="others") > 0.4
    assert merit_p(run_id="r2", images_sha256="others") > 0.4


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str, list[Row]], str]:
    def write(name: str, rows: list[Row]) -> str:
        path = tmp_path / f"{name}.csv"
        path.write_bytes(results_csv(rows))
        return str(path)

    return write


def test_a_ci_s_check_fails_on_a_slower_cell_only(table: Callable[[str, list[Row]], str]) -> None:
    before = table("before", made_rows())
    same = table("same", made_rows())
    slower = table("slower", made_rows(caffe_nin={"throughput_fps": 1.5}))
    runner = CliRunner()
    assert runner.invoke(app, ["compare", before, same, "--fail-if", "slower=5%"]).exit_code == 0
    assert runner.invoke(app, ["compare", before, slower]).exit_code == 0
    failed = runner.invoke(app, ["compare", before, slower, "--fail-if", "slower=5%"])
    assert failed.exit_code == 1
    assert "caffe nin" in failed.output
    assert runner.invoke(app, ["compare", before, slower, "--fail-if", "slower=30%"]).exit_code == 0
    once = table("once", [row.model_copy(update={"repetitions": 1}) for row in made_rows()])
    blind = runner.invoke(app, ["compare", before, once, "--fail-if", "slower=5%"])
    assert blind.exit_code == 0
    assert "16 cells have no interval, so that --fail-if can't tell of them" in blind.output


def test_another_run_of_the_first_sets_the_floor(table: Callable[[str, list[Row]], str]) -> None:
    before = table("before", made_rows())
    again = table("again", made_rows(opencv_nin={"throughput_fps": 6.3}))
    slower = table("slower", made_rows(caffe_nin={"throughput_fps": 1.93}))
    runner = CliRunner()
    condition = ["--fail-if", "slower=1%"]
    assert runner.invoke(app, ["compare", before, slower, *condition]).exit_code == 1
    shown = runner.invoke(app, ["compare", before, slower, *condition, "--against", again])
    assert shown.exit_code == 0
    assert "differ by up to 5.0%" in shown.output
    none = table("none", [])
    assert runner.invoke(app, ["compare", before, slower, "--against", none]).exit_code != 0


@pytest.mark.parametrize("text", ["faster=5%", "slower", "slower=", "slower=5", "5%"])
def test_a_condition_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--fail-if takes"):
        slower_than(text)
