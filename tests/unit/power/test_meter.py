from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import UserError
from bench.power import meters
from bench.power.meter import Reading, find_meter, meter_class, meter_names, why_unusable
from bench.power.meters import hwmon, pi5_pmic
from bench.power.meters.hwmon import Hwmon
from bench.power.meters.none import NoMeter
from bench.power.meters.simulated import ProcessorUtilisation, Simulated


def test_a_file_put_into_the_folder_is_a_meter(tmp_path, monkeypatch):
    before = meter_names()
    assert {"hwmon", "none", "pi5-pmic", "simulated"} < set(before)
    (tmp_path / "my_meter.py").write_text("def unusable():\n    return 'it is not plugged in'\n")
    monkeypatch.setattr(meters, "__path__", [*meters.__path__, str(tmp_path)])
    assert meter_names() == sorted([*before, "my-meter"])
    assert why_unusable("my-meter") == "it is not plugged in"


@pytest.mark.parametrize("name", meter_names())
def test_every_meter_says_what_it_is_and_whether_it_can_be_used(name):
    kind = meter_class(name)
    assert kind.name == name
    assert kind.fastest_period_s > 0
    assert (kind.boundary is None) == (name == "none")
    reason = why_unusable(name)
    assert reason is None or (reason and "\n" not in reason)


def test_auto_takes_a_pi_5_s_own_meter_where_there_is_no_sensor(monkeypatch):
    monkeypatch.setattr(hwmon, "unusable", lambda: "no sensor")
    monkeypatch.setattr(pi5_pmic, "unusable", lambda: None)
    assert isinstance(find_meter("auto"), pi5_pmic.Pi5Pmic)


def test_a_missing_option_is_asked_for():
    with pytest.raises(UserError, match=r"it follows a file; name it, such as --meter um25c:file=meter\.log"):
        find_meter("um25c")
    with pytest.raises(UserError, match=r"it needs the plug's address, such as --meter shelly:host=192\.168\.1\.20"):
        find_meter("shelly")


def test_list_meters_shows_each_with_its_reason(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    shown = CliRunner().invoke(app, ["list", "meters"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    lines = {line.split()[0]: line for line in shown.output.splitlines() if line.strip()}
    assert set(meter_names()) <= set(lines)
    assert lines["simulated"].split()[1:] == ["simulated", "0.1", "idle", "usable"]  # an option a line
    assert "not usable: there is no vcgencmd here" in lines["pi5-pmic"]
    assert "usable, once told its file: fnirsi:file=" in lines["fnirsi"]


def test_auto_takes_the_power_sensor(monkeypatch):
    monkeypatch.setattr(hwmon, "unusable", lambda: None)
    monkeypatch.setattr(pi5_pmic, "unusable", lambda: None)
    assert isinstance(find_meter("auto"), Hwmon)


def test_auto_never_makes_power_up(monkeypatch):
    monkeypatch.setattr(hwmon, "unusable", lambda: "no sensor")
    monkeypatch.setattr(pi5_pmic, "unusable", lambda: "no vcgencmd")
    assert isinstance(find_meter("auto"), NoMeter)


def test_options_reach_the_meter():
    meter = find_meter("simulated:idle=2.0,slope=4.0")
    assert meter.details["idle_w"] == 2.0
    assert meter.details["slope_w"] == 4.0
    assert meter.boundary == "simulated"


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("ampmeter", "there is no meter 'ampmeter'; choose one of: auto, fnirsi, homeassistant, hwmon,"),
        ("", "there is no meter ''"),
        ("csv:file=log.csv", "an external meter's log is read after the run: .* 'bench import LOG.csv'"),
        ("auto:idle=2", "unknown option 'idle'"),
        ("simulated:watts=3", "unknown option 'watts'; simulated takes: idle, slope"),
        ("simulated:idle", "'idle' is no option; write NAME:key=value"),
        ("simulated:idle=two", "could not convert string to float: 'two'"),
        ("simulated:idle=nan", "must be watts"),
        ("simulated:slope=-1", "must be watts"),
        ("none:x=1", "unknown option 'x'; none takes: none"),
    ],
)
def test_a_wrong_meter_is_refused_with_what_to_write_instead(spec, complaint):
    with pytest.raises(UserError, match=complaint):
        find_meter(spec)


@pytest.mark.parametrize(("busy", "watts"), [(0.0, 2.0), (0.25, 3.0), (1.0, 6.0)])
def test_simulated_power_is_a_straight_line_over_utilisation(busy, watts):
    meter = Simulated(2.0, 4.0, utilisation=lambda: busy)
    meter.open()
    assert meter.read() == Reading(watts)


def test_simulated_power_is_unknown_where_utilisation_is():
    assert Simulated(utilisation=lambda: None).read().watts is None


def test_utilisation_is_busy_time_over_time_since_the_last_call(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n")
    utilisation = ProcessorUtilisation(tmp_path)
    utilisation()
    # 40 ticks of work (30 user, 5 system, 2 irq, 3 softirq), 50 idle, 10 waiting; guest time is part of user.
    stat.write_text("cpu  130 0 105 750 110 2 3 0 70 0\ncpu0 1 2 3\n")
    assert utilisation() == 0.4
    assert utilisation() is None


def test_utilisation_stays_within_bounds_when_iowait_runs_backwards(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 0 800 100 0 0 0 0 0\n")
    utilisation = ProcessorUtilisation(tmp_path)
    utilisation()
    stat.write_text("cpu  120 0 0 801 90 0 0 0 0 0\n")
    assert utilisation() == 1.0


def test_utilisation_of_this_computer_is_a_share():
    share = ProcessorUtilisation()()
    assert share is not None
    assert 0 <= share <= 1
