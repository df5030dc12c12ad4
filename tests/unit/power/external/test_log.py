"""Logs as other programs write them: their numbers, times, separators and encodings."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UserError
from bench.power.external.log import Log, LogColumns, read_log
from bench.power.external.numerals import Evidence, number
from bench.power.external.times import in_order, spread_repeated

DAY_S = 86_400
OCTOBER_25_S = 1_792_886_400  # midnight in UTC, 2026; Berlin puts its clocks back at 03:00 local time
POWER = LogColumns("time", "P")


def read(tmp_path: Path, text: str | bytes, columns: LogColumns = POWER, zone: str = "", near=None) -> Log:
    (tmp_path / "log.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_log(tmp_path / "log.csv", columns, zone, near)


def refused(tmp_path: Path, text: str | bytes, columns: LogColumns = POWER, zone: str = "") -> str:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text, columns, zone)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("powers", "watts"),
    [
        (["980.5", "5,012.5"], [980.5, 5012.5]),
        (["980,5", "5.012,5"], [980.5, 5012.5]),
        (["4,97", "5,012"], [4.97, 5.012]),
        (["0,998", "5,012"], [0.998, 5.012]),
        (["4.970", "5.012"], [4.97, 5.012]),
        (["980", "985", "5,012"], [980, 985, 5012]),
        (["980", "985", "5.012"], [980, 985, 5012]),
        (["2", "5,012"], [2, 5.012]),
        (["1,234,567"], [1_234_567]),
        (["5\u202f012,5", "998,1"], [5012.5, 998.1]),
        (["5'012.5"], [5012.5]),
        (["-1.5e3", "+2.5E-1"], [-1500, 0.25]),
        (["12,34,5", "1.5"], [math.nan, 1.5]),
        (["1_000", "9" * 400, "0x10", "", "nan"], [math.nan, math.inf, math.nan, math.nan, math.nan]),
        (["", "-", "nan", "OL", "unavailable", "1.5"], [math.nan] * 5 + [1.5]),
    ],
)
def test_grouped_and_decimal_signs_of_every_country_are_told_apart(
    tmp_path: Path, powers: list[str], watts: list[float]
) -> None:
    lines = [f'{second}.5;"{power}"' for second, power in enumerate(powers)]
    log = read(tmp_path, "\n".join(["time;P", *lines]) + "\n")
    np.testing.assert_allclose(log.watts, watts, rtol=1e-12)


@pytest.mark.parametrize("powers", [["5,012", "5,034"], ["200", "5,012"]])
def test_a_number_that_may_be_a_thousand_times_as_much_is_refused_by_name(tmp_path: Path, powers: list[str]) -> None:
    lines = [f"{second};{power}" for second, power in enumerate(powers)]
    sentence = refused(tmp_path, "\n".join(["time;P", *lines]) + "\n")
    assert "'5,012', which may be 5012 or 5.012" in sentence


@pytest.mark.parametrize("odd", ["1_005", "1·005", "12,34,567", "5.01 W", "1005 mW", "1.#INF"])
def test_fields_with_digits_that_are_no_numbers_are_refused_rather_than_left_out(tmp_path: Path, odd: str) -> None:
    lines = [f'{second};"{odd if second in (50, 60, 70) else 998.5}"' for second in range(100)]
    sentence = refused(tmp_path, "\n".join(["time;P", *lines]) + "\n")
    assert f"column 'P' of {tmp_path / 'log.csv'} holds '{odd}' and 2 others that are no plain numbers" in sentence


def test_a_voltage_beside_it_shows_what_a_power_s_comma_means(tmp_path: Path) -> None:
    log = read(tmp_path, "time;P;U\n0;5,012;5,1\n1;5,034;5,1\n", LogColumns("time", "P", "U"))
    assert log.watts.tolist() == [5.012, 5.034]


def test_two_decimal_signs_in_one_column_are_refused(tmp_path: Path) -> None:
    assert "writes both '4.5' and '4,5'" in refused(tmp_path, "time;P\n0;4.5\n1;4,5\n")


@given(st.floats(0, 1e6), st.sampled_from(",."))
def test_a_grouped_number_is_the_same_number(value: float, grouping: str) -> None:
    text = f"{value:,.4f}"
    if grouping == ".":
        text = text.translate({ord(","): ".", ord("."): ","})
    evidence = Evidence()
    evidence.add(text)
    decimal = evidence.sign("", "P")
    assert number(text, decimal) == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(
    "text",
    [
        "time,P\n0,4.5,\n1,5.5,\n",
        "time,P,\n0,4.5,\n1,5.5,\n",
        "sep=;\ntime;P\n0;4.5\n1;5.5\n",
        "sep=\t\ntime\tP\n0\t4.5\n1\t5.5\n",
        "\n\ntime\tP\n0\t4.5\n1\t5.5\n",
        "# time P\n0 4.5\n1 5.5\n",
        " time , P \n0, 4.5\n1, 5.5\n",
        '"time","P"\r\n"0","4.5"\r\n"1","5.5"\r\n',
        "time|P\r0|4.5\r1|5.5\r",
        "\ufefftime,P\n0,4.5\n1,5.5\n",
        "time,P\n0,4.5\n# paused\n\n1,5.5\n",
        "time,T in °C,P\n0,20,4.5\n1,20,5.5\n".encode("cp1252"),
        "time,P\n0,4.5\n1,5.5\n".encode("utf-16"),
        "time,P\n0,4.5\n1,5.5\n".encode("utf-16-le"),
        "time,P\n0,4.5\n1,5.5\n".encode("utf-16-be"),
        "time,P\n0,4.5\n1,5.5\n".encode("utf-32"),
    ],
)
def test_a_table_is_read_however_it_is_laid_out_and_encoded(tmp_path: Path, text: str | bytes) -> None:
    log = read(tmp_path, text)
    assert (log.times_s.tolist(), log.watts.tolist()) == ([0.0, 1.0], [4.5, 5.5])


def test_decimal_commas_between_commas_are_refused_with_the_line(tmp_path: Path) -> None:
    assert "line 2 has 3 fields under a header of 2" in refused(tmp_path, "time,P\n0,4,5\n1,5,5\n")


@pytest.mark.parametrize("torn", ["0,4.51,5.5", "\0\0\0\0\0", "time,P", "0"])
def test_a_torn_line_costs_itself_alone(tmp_path: Path, torn: str) -> None:
    lines = [f"{second},4.5" for second in range(200)]
    lines.insert(100, torn)
    log = read(tmp_path, "\n".join(["time,P", *lines]) + "\n")
    good = np.isfinite(log.times_s) & np.isfinite(log.watts)
    assert np.count_nonzero(good) == 200
    assert log.watts[good].sum() == 900


@pytest.mark.parametrize("torn", ["\0\0\0", "timestamp,power", "2026-10-2"])
def test_among_dates_too(tmp_path: Path, torn: str) -> None:
    lines = [f"2026-10-20 12:00:{second:02d}Z,4.5" for second in range(60)]
    lines.insert(30, torn)
    log = read(tmp_path, "\n".join(["time,P", *lines]) + "\n")
    assert np.count_nonzero(np.isfinite(log.times_s)) == 60


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert "has 2 columns 'P'" in refused(tmp_path, "time,P,P\n0,1,2\n")


def test_names_from_a_file_are_shown_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    sentence = refused(tmp_path, "ti\x1b[31mme,P" + "x" * 500 + "\n0,1\n")
    assert "\x1b" not in sentence
    assert len(sentence) < 300


@pytest.mark.parametrize(
    "dates",
    [
        ["2026-10-25T02:59:59+02:00", "2026-10-25T02:00:00+01:00"],
        ["2026-10-25T00:59:59Z", "2026-10-25T01:00:00+00:00"],
        ["2026-10-25 00:59:59 UTC", "2026-10-25 01:00:00 UTC"],
        ["2026-10-25T02:59:59.000+0200", "2026-10-25T02:00:00.000+0100"],
    ],
)
def test_dates_with_offsets_are_read_over_the_change_of_the_clock(tmp_path: Path, dates: list[str]) -> None:
    log = read(tmp_path, f"time,P\n{dates[0]},2.5\n{dates[1]},5\n")
    assert log.times_s.tolist() == [OCTOBER_25_S + 3599, OCTOBER_25_S + 3600]
    assert log.on_calendar


def test_local_times_that_the_zone_has_twice_or_never_are_refused_with_the_way_out(tmp_path: Path) -> None:
    twice = refused(tmp_path, "time,P\n2026-10-25 02:30:00,2\n2026-10-25 02:30:01,2\n", zone="Europe/Berlin")
    assert "Europe/Berlin has 02:30:00 on 2026-10-25 twice" in twice
    assert "in UTC, or with offsets" in twice
    never = refused(tmp_path, "time,P\n2026-03-29 02:30:00,2\n2026-03-29 02:30:01,2\n", zone="Europe/Berlin")
    assert "Europe/Berlin has no 02:30 on 2026-03-29" in never


def test_a_change_of_the_clock_far_from_the_run_does_not_matter(tmp_path: Path) -> None:
    text = "time,P\n2026-10-25 02:30:00,2\n2026-11-10 12:00:00,3\n2026-11-10 12:00:01,3\n"
    noon = OCTOBER_25_S + 16 * DAY_S + 11 * 3600
    log = read(tmp_path, text, zone="Europe/Berlin", near=(noon, noon + 10))
    assert log.times_s.tolist() == [noon, noon + 1]


@pytest.mark.parametrize("zone", ["Europe", "America", "/etc/localtime", "../UTC", "CEST", "UTC+2", "Europe/berlin "])
def test_what_is_no_zone_is_refused_as_such(tmp_path: Path, zone: str) -> None:
    assert f"there is no time zone '{zone}'" in refused(tmp_path, "time,P\n2026-01-01 00:00:00,1\n", zone=zone)


def test_dates_with_and_without_an_offset_are_not_mixed(tmp_path: Path) -> None:
    text = "time,P\n2026-10-25 12:00:00,2\n2026-10-25T12:00:01Z,2\n"
    assert "carry an offset from UTC and some don't" in refused(tmp_path, text, zone="UTC")


def test_date_and_time_of_day_may_stand_in_two_columns(tmp_path: Path) -> None:
    log = read(tmp_path, "Date;Time;P\n2026-10-25;12:00:00,5;4,5\n", LogColumns("Date+Time", "P"), "UTC")
    assert (log.times_s.tolist(), log.watts.tolist()) == ([OCTOBER_25_S + 43_200.5], [4.5])


def test_a_date_with_points_begins_with_the_day_and_one_with_slashes_is_refused(tmp_path: Path) -> None:
    log = read(tmp_path, "Zeit;P\n25.10.2026 12:00:00,5;4,5\n", LogColumns("Zeit", "P"), "UTC")
    assert log.times_s.tolist() == [OCTOBER_25_S + 43_200.5]
    assert "holds no times" in refused(tmp_path, "time,P\n10/11/2026 12:00:00,2\n", zone="UTC")


@pytest.mark.parametrize("text", ["25.10.2026, 12:00:00", "25.10.2026  12:00:00", "25.10.2026 12:00:00"])
def test_a_comma_or_spaces_may_stand_between_date_and_time(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, f"time;P\n{text};2\n", zone="UTC").times_s.tolist() == [OCTOBER_25_S + 43_200]


@pytest.mark.parametrize("year", ["9999", "1677", "0001", "0000", "99999"])
@pytest.mark.parametrize("zone", ["", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_date_of_another_age_costs_its_own_row_only(tmp_path: Path, year: str, zone: str) -> None:
    end = "" if zone else "Z"
    lines = [f"2026-10-20 12:00:{second:02d}{end},4.5" for second in range(60)]
    lines.insert(30, f"{year}-12-31 23:59:59{end},4.5")
    noon = OCTOBER_25_S - 5 * DAY_S + 43_200
    log = read(tmp_path, "\n".join(["time,P", *lines]) + "\n", zone=zone, near=(noon, noon + 60))
    assert np.count_nonzero(np.isfinite(log.times_s)) == 60


@pytest.mark.parametrize(("unit", "factor"), [("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_times_whose_unit_was_not_told_are_refused_and_read_with_it(tmp_path: Path, unit: str, factor: int) -> None:
    text = f"time,P\n{OCTOBER_25_S * factor},2\n{(OCTOBER_25_S + 1) * factor},2\n"
    assert "is no time in seconds; say its unit" in refused(tmp_path, text)
    assert read(tmp_path, text, LogColumns(f"time:{unit}", "P")).times_s.tolist() == [OCTOBER_25_S, OCTOBER_25_S + 1]


def test_a_date_and_time_in_digits_alone_is_no_number_of_seconds(tmp_path: Path) -> None:
    text = "time,P\n20261025120000,2\n20261025120001,2\n"
    assert "begins with '20261025120000', which is no time in seconds" in refused(tmp_path, text)


def test_of_a_month_only_what_is_near_the_run_is_kept(tmp_path: Path) -> None:
    lines = [f"{OCTOBER_25_S + hour * 3600},{hour}" for hour in range(30 * 24)]
    begin = OCTOBER_25_S + 10 * DAY_S
    log = read(tmp_path, "\n".join(["time,P", "0.0,2", *lines, "1e300,2"]) + "\n", near=(begin, begin + 3600))
    assert log.times_s.min() == begin - 15 * 3600
    assert log.times_s.max() == begin + 16 * 3600


def test_a_meter_whose_clock_was_never_set_is_read_all_the_same(tmp_path: Path) -> None:
    log = read(tmp_path, "time,P\n978307200,1\n978307201,2\n", near=(OCTOBER_25_S, OCTOBER_25_S + 1))
    assert log.watts.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ([1, 2, 3], [0, 1, 2]),
        ([3, 2, 1], [2, 1, 0]),
        ([0, 1, 3600, 2, 3, 4], [0, 1, 3, 4, 5]),
        ([-9e9, 1, 2, 0, 3], [0, 1, 2, 4]),
        ([5, 5, 5], [0, 1, 2]),
        ([], []),
    ],
)
def test_a_time_that_jumps_costs_its_own_row_only(times: list[float], kept: list[int]) -> None:
    assert in_order(np.array(times, dtype=float)).tolist() == kept


@given(st.lists(st.floats(0, 100), max_size=30))
def test_what_is_kept_never_goes_back_and_nothing_more_could_be_kept_of_what_lies_between(times: list[float]) -> None:
    array = np.array(times)
    kept = array[in_order(array)]
    assert (np.diff(kept) >= 0).all()
    assert kept.size >= 1 or not times


def test_ten_samples_a_second_in_whole_seconds_are_spread_over_them() -> None:
    moments = np.arange(100.3, 110.65, 0.1)
    spread = spread_repeated(np.floor(moments + 1e-9))
    np.testing.assert_allclose(spread, moments, atol=1e-6)


def test_a_few_doubled_times_are_left_as_they_are() -> None:
    times = np.array([0.0, 1, 2, 2, 3, 4, 5, 6, 7, 8])
    assert spread_repeated(times).tolist() == times.tolist()
