from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bench.cli.app import app
from bench.decide.compare import CellComparison, compare, slower_by
from bench.decide.wishes import slower_than
from bench.errors import UserError
from bench.records.columns import Row
from bench.report.terminal.verdicts import comparison_table
from bench.results.merge import results_csv
from tests.made.rows import made_row, made_rows


def with_interval(fps: float, half: float = 0.1, **fields: object) -> Row:
    interval = {"throughput_ci95_low": fps - half, "throughput_ci95_high": fps + half}
    return made_row("opencv", "nin", throughput_fps=fps, **interval, **fields)


def one_cell(first: Row, second: Row) -> CellComparison:
    (cell,) = compare([first], [second])
    return cell


@pytest.mark.parametrize(("second", "verdict"), [(11.0, "faster"), (9.0, "slower"), (10.1, "can't tell")])
def test_an_interval_that_leaves_out_one_tells(second: float, verdict: str) -> None:
    cell = one_cell(with_interval(10.0), with_interval(second))
    assert cell.verdict == verdict
    assert cell.why == []
    speed = cell.ratios["throughput"]
    assert (speed.first, speed.second, speed.ratio) == (10.0, second, pytest.approx(second / 10))
    assert speed.low is not None and speed.high is not None
    assert speed.low < second / 10 < speed.high


def test_one_measurement_each_does_not_tell() -> None:
    cell = one_cell(made_row("opencv", "nin"), made_row("opencv", "nin", throughput_fps=60.0))
    assert (cell.verdict, cell.ratios["throughput"].ratio) == ("can't tell", 10)
    assert cell.why == ["no interval"]


def test_every_quantity_has_its_ratio() -> None:
    second = with_interval(20.0, power_w_mean=8.0, top1=0.44, peak_rss_mib=150.0, latency_ms_p95=50.0)
    ratios = one_cell(with_interval(10.0, latency_ms_p95=100.0), second).ratios
    assert {name: round(found.ratio, 6) for name, found in ratios.items()} == {
        "throughput": 2.0,
        "p95": 0.5,
        "power": 2.0,
        "energy": 1.0,
        "merit": 0.8,
        "top1": 0.8,
        "memory": 1.5,
    }


@pytest.mark.parametrize("boundary", ["simulated", "wall"])
def test_power_that_does_not_compare_is_not_compared(boundary: str) -> None:
    cell = one_cell(with_interval(10.0), with_interval(10.0, boundary=boundary))
    assert set(cell.ratios) == {"throughput", "p95", "top1", "memory"}
    assert "not compared" in cell.why[-1]


def test_simulated_power_is_not_compared_with_itself() -> None:
    cell = one_cell(with_interval(10.0, boundary="simulated"), with_interval(10.0, boundary="simulated"))
    assert not {"power", "energy", "merit"} & set(cell.ratios)


def test_what_differs_beside_the_numbers_is_said() -> None:
    second = with_interval(11.0, threads=4, weights_sha256="bb", framework_version="5", board="Raspberry Pi 5")
    first = with_interval(10.0, threads=1, weights_sha256="aa", framework_version="4")
    assert one_cell(first, second).why == ["other board", "1 against 4 threads", "other weights", "version 4 against 5"]


def test_a_cell_that_broke_is_broken_and_one_that_never_worked_is_not() -> None:
    good, bad = with_interval(10.0), with_interval(10.0, status="failed", error="boom")
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
        (with_interval(9.0), True),
        (with_interval(9.6), False),
        (with_interval(9.0, half=3.0), False),
        (made_row("opencv", "nin", throughput_fps=9.0), True),
        (made_row("opencv", "nin", throughput_fps=9.6), False),
        (with_interval(11.0), False),
        (with_interval(10.0, status="oom"), True),
    ],
)
def test_slower_than_allowed_is_found(second: Row, fails: bool) -> None:
    assert bool(slower_by(compare([with_interval(10.0)], [second]), 0.05)) is fails


def test_the_table_has_the_interval_and_the_reason_within_its_width() -> None:
    cells = compare([with_interval(10.0)], [with_interval(9.0, threads=4)])
    cells += compare([with_interval(10.0)], [with_interval(10.0, status="oom")])
    shown = io.StringIO()
    Console(width=118, file=shown).print(comparison_table(cells, "before", "after"))
    lines = shown.getvalue().splitlines()
    (slower,) = [line for line in lines if "slower" in line]
    assert " ".join(slower.split()) == "OpenCV Network in Network 10.00 9.00 0.900 0.887-0.914 1.000 0.900 slower"
    (broken,) = [line for line in lines if "broken" in line]
    assert " ".join(broken.split()) == "OpenCV Network in Network broken the second: oom"


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


@pytest.mark.parametrize("text", ["faster=5%", "slower", "slower=", "slower=5", "5%"])
def test_a_condition_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--fail-if takes"):
        slower_than(text)
