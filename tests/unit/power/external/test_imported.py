from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import UserError
from bench.power.external.align import LoadWindow, find_offset
from bench.power.external.imported import import_log
from bench.power.external.log import LogColumns
from bench.records.notes.power import FrozenMeter
from bench.records.sampler import SamplerRecord
from bench.records.schema import Window
from bench.records.store import read_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.records import SECOND, new_run, repetition

IDLE_W, BUSY_W = 2.0, 5.0
CALENDAR_S = 1_790_000_000.0
POWER = LogColumns("time", "power")
CLOCKS = {"boot_id": "monday", "monotonic_ns": 70 * SECOND, "realtime_ns": round((CALENDAR_S + 70) * SECOND)}
CELLS = [(100.0, 6.0), (125.0, 9.0), (150.0, 7.5)]  # begin of the idle window, length of the timed one


TWO_CELLS = [
    LoadWindow(begin, end, busy)
    for start in (100.0, 125.0)
    for begin, end, busy in ((start, start + 4, False), (start + 4, start + 10, True), (start + 10, start + 14, False))
]


def measured_run(tmp_path: Path, cells: list[tuple[float, float]] = CELLS) -> RunFolder:
    """Return a run of one cell in a few repetitions: 4 s idle, timed, 4 s idle."""
    folder = new_run(tmp_path)
    for number, (begin_s, timed_s) in enumerate(cells, start=1):
        edges = [begin_s, begin_s + 4, begin_s + 4 + timed_s, begin_s + 8 + timed_s]
        windows = [
            Window(name=name, begin_ns=round(begin * SECOND), end_ns=round(end * SECOND))
            for name, begin, end in zip(("idle", "timed", "idle"), edges, edges[1:])
        ]
        folder.write_repetition(repetition(number, windows=windows, clocks=CLOCKS))
    return folder


def power_at(seconds: float, cells: list[tuple[float, float]] = CELLS) -> float:
    return BUSY_W if any(begin + 4 <= seconds < begin + 4 + timed for begin, timed in cells) else IDLE_W


def write_log(path: Path, ahead_s: float = 0.0, begin_s: float = 90, end_s: float = 175, watts=power_at) -> Path:
    """Write ten samples a second, whose times are ahead by so much."""
    moments = np.arange(begin_s, end_s, 0.1)
    lines = [f"{CALENDAR_S + moment + ahead_s:.3f},{watts(moment):.3f}" for moment in moments]
    path.write_text("\n".join(["time,power", *lines]) + "\n")
    return path


def bring(folder: RunFolder, log: Path, columns: LogColumns = POWER, zone: str = "", offset_s: float | None = None):
    return import_log(folder, log, columns, zone, offset_s, "usb-input", 0.01)


def energy_is_right(folder: RunFolder) -> bool:
    (row,) = merge(folder).rows
    assert row.power_w_mean == pytest.approx(BUSY_W, rel=0.01)
    assert row.power_w_idle == pytest.approx(IDLE_W, rel=0.01)
    assert row.energy_j_per_image == pytest.approx(BUSY_W * 22.5 / 60, rel=0.01)
    assert (row.meter, row.boundary, row.power_uncertainty) == ("csv", "usb-input", 0.01)
    return True


@pytest.mark.parametrize("ahead_s", [3.2, -3.2, 0.0, 3600.0])
def test_a_meter_whose_clock_is_off_is_brought_in_by_the_load(tmp_path: Path, ahead_s: float) -> None:
    folder = measured_run(tmp_path)
    record = bring(folder, write_log(tmp_path / "log.csv", ahead_s))
    assert record.details["offset_s"] == pytest.approx(ahead_s, abs=0.06)
    assert record.details["offset"] == "found by the windows' load"
    assert record.details["offset_fit"] > 0.95
    assert read_record(folder.path / "sampler.json", SamplerRecord) == record
    assert energy_is_right(folder)


def test_the_record_says_when_the_log_began_and_ended_on_both_clocks(tmp_path: Path) -> None:
    record = bring(measured_run(tmp_path), write_log(tmp_path / "log.csv", 3.2), offset_s=3.2)
    assert record.ended is not None
    assert (record.began.boot_id, record.ended.boot_id) == ("monday", "monday")
    edges_s = [clocks.monotonic_ns / SECOND for clocks in (record.began, record.ended)]
    assert edges_s == pytest.approx([90.0, 174.9])
    for clocks, edge_s in zip((record.began, record.ended), edges_s):
        assert clocks.realtime_ns / SECOND == pytest.approx(CALENDAR_S + edge_s)


@pytest.mark.parametrize(("samples", "words"), [(1, "holds fewer than two samples with power"), (2, "")])
def test_a_log_needs_two_samples(tmp_path: Path, samples: int, words: str) -> None:
    log = write_log(tmp_path / "log.csv", begin_s=100, end_s=99.95 + samples / 10)
    folder = measured_run(tmp_path)
    if words:
        with pytest.raises(UserError, match=words):
            bring(folder, log, offset_s=0.0)
    else:
        assert bring(folder, log, offset_s=0.0).samples == 2


def test_no_watts_and_fractions_of_one_are_samples_like_others(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", begin_s=100, end_s=101, watts=lambda moment: 0.4 * (moment > 100.5))
    record = bring(measured_run(tmp_path), log, offset_s=0.0)
    assert (record.samples, record.invalid, record.negative) == (10, 0, 0)


def test_a_given_offset_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    record = bring(folder, write_log(tmp_path / "log.csv", 3.2), offset_s=3.2)
    assert (record.details["offset_s"], record.details["offset"]) == (3.2, "given")
    assert energy_is_right(folder)


def test_times_from_the_log_s_beginning_are_laid_over_the_windows(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    write_log(tmp_path / "log.csv", ahead_s=-CALENDAR_S - 90)
    bring(folder, tmp_path / "log.csv")
    assert energy_is_right(folder)


def test_an_ambiguous_offset_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    alike = [(100.0, 6.0), (120.0, 6.0)]
    folder = measured_run(tmp_path, alike)
    again_and_again = [(begin, 6.0) for begin in np.arange(0.0, 300.0, 20.0)]
    log = write_log(tmp_path / "log.csv", 3.2, 0, 300, lambda moment: power_at(moment, again_and_again))
    with pytest.raises(UserError, match=r"is ambiguous: [+-][\d.]+ s and [+-][\d.]+ s fit .* give it with --offset"):
        bring(folder, log)
    assert list(folder.path.glob("sampl*")) == []
    assert bring(folder, log, offset_s=3.2).samples == 3000


@pytest.mark.parametrize(("second_s", "unambiguous"), [(3.8, True), (3.9, False)])
def test_an_offset_must_be_a_thousand_times_as_likely_as_any_other(second_s: float, unambiguous: bool) -> None:
    # The load comes again 150 s later, its second part so much shorter: odds of 1056 for 3.8 s, 939 for 3.9 s.
    busy = [(104.0, 110.0), (129.0, 135.0), (254.0, 260.0), (279.0, 279.0 + second_s)]
    times_s = np.arange(90, 400, 0.1)
    watts = np.array([BUSY_W if any(begin <= t < end for begin, end in busy) else IDLE_W for t in times_s])
    if unambiguous:
        assert find_offset(times_s, watts, TWO_CELLS).seconds == pytest.approx(0.0, abs=0.1)
    else:
        with pytest.raises(UserError, match="is ambiguous"):
            find_offset(times_s, watts, TWO_CELLS)


def test_a_log_that_begins_after_the_first_window_is_laid_over_the_others(tmp_path: Path) -> None:
    cells = [*CELLS, (180.0, 8.0)]
    log = write_log(tmp_path / "log.csv", 3.2, 105, 205, lambda moment: power_at(moment, cells))
    record = bring(measured_run(tmp_path, cells), log)
    assert record.details["offset_s"] == pytest.approx(3.2, abs=0.15)


def test_a_log_no_longer_than_the_run_fits_at_one_offset_only() -> None:
    times_s = np.arange(99.5, 114.5, 0.01)
    watts = np.array([power_at(t, [(100.0, 6.0)]) for t in times_s])
    found = find_offset(times_s, watts, TWO_CELLS[:3])
    assert (found.seconds, found.second_fit) == (pytest.approx(0.0, abs=0.02), 0.0)


@pytest.mark.parametrize("busy", [True, False])
def test_a_run_that_only_worked_or_only_idled_needs_its_offset_given(busy: bool) -> None:
    marks = [mark for mark in TWO_CELLS if mark.busy is busy]
    times_s = np.arange(90, 150, 0.1)
    with pytest.raises(UserError, match="the run has no idle and busy windows to compare; give it with --offset"):
        find_offset(times_s, np.full(times_s.size, 3.0), marks)


@pytest.mark.parametrize(("other_w", "words"), [(5.0, "is ambiguous"), (5.1, "does not show in the log")])
def test_a_load_that_explains_less_than_a_quarter_of_the_power_does_not_show(other_w: float, words: str) -> None:
    # Something else draws so much every other half second: a correlation of 0.503 beside 5 W, 0.496 beside 5.1 W.
    times_s = np.arange(95, 145, 0.1)
    watts = np.array([power_at(t, [(100.0, 6.0), (125.0, 6.0)]) + other_w * (int(2 * t) % 2) for t in times_s])
    with pytest.raises(UserError, match=words):
        find_offset(times_s, watts, TWO_CELLS)


def test_a_load_that_does_not_show_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(1)
    log = write_log(tmp_path / "log.csv", watts=lambda _: 3.0 + noise.normal(0, 0.3))
    with pytest.raises(UserError, match="the run's load does not show in the log"):
        bring(measured_run(tmp_path), log)


def test_a_log_of_part_of_the_run_needs_its_offset_given(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    log = write_log(tmp_path / "log.csv", begin_s=99, end_s=124)
    with pytest.raises(UserError, match="covers less than 80% of the run's windows"):
        bring(folder, log)
    bring(folder, log, offset_s=0.0)
    assert merge(folder).rows[0].power_w_mean is None


def test_an_import_again_replaces_the_one_before_and_leaves_the_sampler_s_alone(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    (folder.path / "samples.csv").write_text("another meter's")
    log = write_log(tmp_path / "log.csv", 3.2)
    bring(folder, log, offset_s=0.0)
    bring(folder, log, offset_s=3.2)
    assert sorted(file.name for file in folder.path.glob("sampl*")) == [
        "sampler-2.json",
        "samples-2.csv",
        "samples.csv",
    ]
    assert (folder.path / "samples.csv").read_text() == "another meter's"
    assert energy_is_right(folder)


def test_doubtful_samples_are_left_out_and_counted(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv")
    lines = log.read_text().splitlines()
    for index, power in ((10, "nan"), (30, "-0.4"), (50, "overload")):
        lines[index] = f"{lines[index].split(',')[0]},{power}"
    lines[71], lines[72] = lines[72], lines[71]
    log.write_text("\n".join(lines) + "\n")
    folder = measured_run(tmp_path)
    record = bring(folder, log)
    assert (record.not_a_number, record.negative, record.backwards, record.invalid) == (2, 1, 1, 4)
    assert energy_is_right(folder)


def test_local_dates_units_and_decimal_commas_are_understood(tmp_path: Path) -> None:
    berlin = timezone(timedelta(hours=2))

    def line(moment: float) -> str:
        date = datetime.fromtimestamp(CALENDAR_S + moment, tz=berlin).replace(tzinfo=None)
        return f"{date.isoformat(' ', 'milliseconds')};5.00;{power_at(moment) / 5 * 1000:.1f}".replace(".", ",")

    log = tmp_path / "log.csv"
    log.write_text("\n".join(["Date;U;I", *map(line, np.arange(90, 175, 0.1))]) + "\n")
    folder = measured_run(tmp_path)
    columns = LogColumns("Date", voltage="U", current="I:mA")
    with pytest.raises(UserError, match="carry no time zone; give it, such as --time-zone Europe/Berlin"):
        bring(folder, log, columns)
    record = bring(folder, log, columns, "Europe/Berlin", offset_s=0.0)
    assert record.details["time_zone"] == "Europe/Berlin"
    assert energy_is_right(folder)


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_any_usual_separator_is_understood(tmp_path: Path, separator: str) -> None:
    log = write_log(tmp_path / "log.csv")
    log.write_text(log.read_text().replace(",", separator))
    folder = measured_run(tmp_path)
    assert bring(folder, log).samples == 850
    assert energy_is_right(folder)


@pytest.mark.parametrize("content", ["", "time,power\n"])
def test_a_log_without_samples_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "log.csv").write_text(content)
    with pytest.raises(UserError, match=r"log\.csv (is no table with a header line|holds no samples)"):
        bring(measured_run(tmp_path), tmp_path / "log.csv")


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        (LogColumns("time"), "name the column with power, or both with voltage and current"),
        (LogColumns("time", "watts"), "has no column 'watts'; it has: time, power"),
        (LogColumns("time", "power:kW"), "column 'power' can't be in 'kW'; write one of s, ms, us, ns, W, mW"),
        (LogColumns("when", "power"), "has no column 'when'"),
    ],
)
def test_a_wrong_column_is_named_with_those_there_are(tmp_path: Path, columns: LogColumns, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        bring(measured_run(tmp_path), write_log(tmp_path / "log.csv"), columns)


def test_an_unknown_zone_and_times_that_are_none_are_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("time,power\n2026-01-31 12:00:00,3\n2026-01-31 12:00:01,3\n")
    with pytest.raises(UserError, match="there is no time zone 'Mars/Olympus'"):
        bring(measured_run(tmp_path), log, zone="Mars/Olympus")
    log.write_text("time,power\nnoon,3\nlater,3\n")
    with pytest.raises(UserError, match=r"column 'time' of .* begins with 'noon' and holds no times"):
        bring(measured_run(tmp_path / "2"), log)


def test_a_run_over_two_boots_can_t_take_one_log(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    folder.write_repetition(repetition(9, clocks={**CLOCKS, "boot_id": "tuesday"}))
    with pytest.raises(UserError, match="was measured with a reboot in between"):
        bring(folder, write_log(tmp_path / "log.csv"))


def test_the_command_says_what_it_found_and_what_comes_next(tmp_path: Path) -> None:
    measured_run(tmp_path / "runs")
    log = write_log(tmp_path / "log.csv", 3.2)
    arguments = ["import", str(log), "--time-column", "time", "--power-column", "power", "--results", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "850 samples of log.csv are in run r, 0 were refused; the meter's clock was +3.2" in done.output
    assert "s ahead (found by the windows' load). Now 'bench merge r'." in done.output


def test_many_cells_of_nearly_equal_length_are_told_apart_and_of_equal_length_are_not() -> None:
    def found_among(lengths: list[float]) -> float:
        marks, begin_s = [], 50.0
        for length_s in lengths:
            edges = [begin_s, begin_s + 10, begin_s + 10 + length_s, begin_s + 20 + length_s]
            marks += [LoadWindow(*pair, busy) for pair, busy in zip(zip(edges, edges[1:]), (False, True, False))]
            begin_s = edges[-1] + 2
        moments = np.arange(0, begin_s + 50, 0.1)
        busy = [any(mark.busy and mark.begin_s <= moment < mark.end_s for mark in marks) for moment in moments]
        before_and_after = (moments < 50) | (moments >= begin_s)
        periods = (moments - 50) % (lengths[0] + 22)
        alike = (periods >= 10) & (periods < 10 + lengths[0])
        watts = 2.0 + 3.0 * np.where(before_and_after & (len(set(lengths)) == 1), alike, busy)
        noise = np.random.default_rng(1).normal(0, 0.2, moments.size)
        return find_offset(moments + 3.2, watts + noise, marks).seconds

    assert found_among([20 + index % 5 for index in range(16)]) == pytest.approx(3.2, abs=0.11)
    with pytest.raises(UserError, match="is ambiguous"):
        found_among([20.0] * 16)


def test_whole_seconds_at_ten_hertz_give_power(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv")
    lines = [f"{float(line.split(',')[0]) // 1:.0f},{line.split(',')[1]}" for line in log.read_text().splitlines()[1:]]
    log.write_text("\n".join(["time,power", *lines]) + "\n")
    folder = measured_run(tmp_path)
    record = bring(folder, log, offset_s=0.0)
    assert record.period_s == pytest.approx(0.1, abs=0.002)
    assert energy_is_right(folder)


def test_the_newest_row_first_and_one_time_that_jumps_give_the_same_power(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv")
    header, *lines = log.read_text().splitlines()
    lines.insert(100, f"{CALENDAR_S + 3600},2.0")
    log.write_text("\n".join([header, *reversed(lines)]) + "\n")
    folder = measured_run(tmp_path)
    record = bring(folder, log, offset_s=0.0)
    assert (record.samples, record.backwards) == (850, 1)
    assert energy_is_right(folder)


@pytest.mark.parametrize("offset_s", [float("nan"), float("inf"), -float("inf")])
def test_an_offset_that_is_no_number_is_refused_and_the_former_import_stays(tmp_path: Path, offset_s: float) -> None:
    folder = measured_run(tmp_path)
    log = write_log(tmp_path / "log.csv")
    former = bring(folder, log, offset_s=0.0)
    with pytest.raises(UserError, match="makes no sense; give seconds"):
        bring(folder, log, offset_s=offset_s)
    assert read_record(folder.path / "sampler.json", SamplerRecord) == former


@pytest.mark.parametrize("step_s", [4, -40])
def test_a_clock_that_was_set_during_the_run_refuses_a_given_offset_and_not_the_load(
    tmp_path: Path, step_s: int
) -> None:
    folder = measured_run(tmp_path)
    for record in folder.repetitions("opencv", "googlenet")[1:]:
        clocks = record.clocks.model_copy(update={"realtime_ns": record.clocks.realtime_ns + step_s * SECOND})
        folder.write_repetition(record.model_copy(update={"clocks": clocks}))
    log = write_log(tmp_path / "log.csv", step_s)
    with pytest.raises(UserError, match=rf"clock was set by {abs(step_s)}\.0 s during run r, so no one --offset fits"):
        bring(folder, log, offset_s=0.0)
    bring(folder, log)
    assert energy_is_right(folder)


def test_what_a_log_says_of_the_time_before_the_boot_is_left_out(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)  # whose computer was started 100 s before its first window
    record = bring(folder, write_log(tmp_path / "log.csv", begin_s=-3600))
    assert record.began.monotonic_ns < SECOND
    assert record.samples == pytest.approx(1750, abs=2)
    assert energy_is_right(folder)


@pytest.mark.parametrize("offset_s", [1e5, -1e5, 3e9, -3e9, 1000, -1000])
def test_an_offset_at_which_the_log_tells_nothing_of_the_run_is_refused_and_the_former_import_stays(
    tmp_path: Path, offset_s: float
) -> None:
    folder = measured_run(tmp_path)
    log = write_log(tmp_path / "log.csv")
    bring(folder, log)
    with pytest.raises(UserError, match=r"says nothing of the run's time; correct it|fewer than two samples"):
        bring(folder, log, offset_s=offset_s)
    assert energy_is_right(folder)


def test_a_clock_that_was_set_in_the_last_repetition_refuses_a_given_offset_too(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    run = folder.read_run()
    clocks = folder.repetitions("opencv", "googlenet")[-1].clocks
    ended = clocks.model_copy(update={"realtime_ns": clocks.realtime_ns + 3 * SECOND})
    folder.write_run(run.model_copy(update={"calls": [run.calls[0].model_copy(update={"ended": ended})]}))
    with pytest.raises(UserError, match=r"clock was set by 3\.0 s during run r"):
        bring(folder, write_log(tmp_path / "log.csv"), offset_s=0.0)


@pytest.mark.parametrize(("offset_s", "doubted"), [(0.0, False), (13.0, True)])
def test_an_offset_at_which_the_load_does_not_show_is_doubted_aloud(
    tmp_path: Path, offset_s: float, doubted: bool
) -> None:
    folder = measured_run(tmp_path / "runs")
    log = write_log(tmp_path / "log.csv")
    arguments = ["import", log, folder.path, "--time-column", "time", "--power-column", "power", "--offset", offset_s]
    said = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})
    assert said.exit_code == 0
    assert ("at that offset the run's load hardly shows in log.csv" in said.output) == doubted


def test_a_meter_that_froze_while_networks_ran_is_named_below_the_table(tmp_path: Path) -> None:
    folder = measured_run(tmp_path)
    ripple = np.random.default_rng(1)
    log = write_log(tmp_path / "log.csv", watts=lambda at: power_at(at) + ripple.random() if at < 130 else 4.4)
    record = bring(folder, log, offset_s=0.0)
    assert record.longest_unchanged_s == pytest.approx(35.5, abs=0.2)  # of the run's time
    assert FrozenMeter(meter="csv", unchanged_s=record.longest_unchanged_s) in merge(folder).warnings
    assert bring(folder, write_log(log), offset_s=0.0).longest_unchanged_s < 30


def test_a_meter_wired_backwards_is_named(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", watts=lambda seconds: -power_at(seconds))
    with pytest.raises(UserError, match=r"has [\d,]+ samples of negative power; check the meter's wires"):
        bring(measured_run(tmp_path), log)


@pytest.mark.parametrize("offset_s", [1e300, -1e300, float("nan"), float("inf"), 1e10])
def test_an_offset_beyond_all_clocks_makes_no_sense(tmp_path: Path, offset_s: float) -> None:
    with pytest.raises(UserError, match=r"--offset .* makes no sense; give seconds"):
        bring(measured_run(tmp_path), write_log(tmp_path / "log.csv"), offset_s=offset_s)


def test_a_log_of_zeros_is_no_measurement(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", watts=lambda _: 0.0)
    with pytest.raises(UserError, match="says 0 W at most, which no running board takes"):
        bring(measured_run(tmp_path), log, offset_s=0.0)


def test_points_that_may_part_thousands_are_no_milliwatts_in_silence(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv")  # `5.000`, meant as 5000 mW
    with pytest.raises(UserError, match=r"says 0\.005 W at most, .* whether its points part thousands"):
        bring(measured_run(tmp_path), log, LogColumns("time", "power:mW"))


def test_milliwatts_whose_unit_was_not_told_are_refused(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", watts=lambda seconds: 1e6 * power_at(seconds))
    with pytest.raises(UserError, match=r"says 2,000,000 W most of the time, .* its unit \(NAME:mW\)"):
        bring(measured_run(tmp_path), log)


def test_a_log_of_days_that_does_not_tell_which_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("time,power\n" + "".join(f"{hour * 3600},2\n" for hour in range(24 * 30)))
    with pytest.raises(UserError, match="spans 30 days and its times don't tell which"):
        bring(measured_run(tmp_path), tmp_path / "log.csv")
