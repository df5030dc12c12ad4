from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.power.meter import Reading
from bench.power.meters.hwmon import Hwmon
from tests.made.sensors import sensor


def opened(root: Path, device: str = "") -> Hwmon:
    meter = Hwmon(device, root)
    meter.open()
    return meter


def test_an_ina219_gives_power_voltage_and_current(tmp_path):
    sensor(tmp_path, 2, "ina219", power1_input=4820000, in1_input=5072, curr1_input=950, shunt_resistor=10000)
    assert opened(tmp_path).read() == pytest.approx(Reading(4.82, 5.072, 0.95))


@pytest.mark.parametrize(
    ("millivolts", "milliamps", "watts"),
    [(4140, 0, 0.0), (4087, 84, 0.343308), (4072, 114, 0.464208), (4224, -150, -0.6336)],
)
def test_power_is_voltage_times_current_where_the_chip_gives_none(tmp_path, millivolts, milliamps, watts):
    sensor(tmp_path, 0, "ina219", in1_input=millivolts, curr1_input=milliamps)
    assert opened(tmp_path).read().watts == pytest.approx(watts)


def test_the_sensor_is_found_by_name_after_its_number_changed(tmp_path):
    sensor(tmp_path, 0, "cpu_thermal", "soc")
    sensor(tmp_path, 1, "ina226", power1_input=3000000)
    assert opened(tmp_path).read().watts == 3.0
    (tmp_path / "class/hwmon/hwmon1").rename(tmp_path / "class/hwmon/hwmon7")
    sensor(tmp_path, 1, "rpi_volt", "soc:firmware")
    assert opened(tmp_path).read().watts == 3.0


def test_an_ina219_states_what_its_shunt_resolves(tmp_path):
    sensor(tmp_path, 0, "ina219", power1_input=0, shunt_resistor=100000)
    meter = opened(tmp_path)
    assert meter.details["shunt_ohm"] == 0.1
    assert meter.details["resolution_w"] == pytest.approx(0.002)
    assert meter.uncertainty == 0.01
    assert meter.fastest_period_s == pytest.approx(0.00117)


def test_an_ina226_sets_its_pace(tmp_path):
    sensor(tmp_path, 0, "ina226", power1_input=0, shunt_resistor=10000, update_interval=36)
    meter = opened(tmp_path)
    assert meter.fastest_period_s == 0.036
    assert meter.details["resolution_w"] == pytest.approx(0.00625)
    assert meter.uncertainty == 0.002


def test_a_sibling_without_known_data_states_no_uncertainty(tmp_path):
    sensor(tmp_path, 0, "ina233", power1_input=0)
    meter = opened(tmp_path)
    assert meter.uncertainty is None
    assert "resolution_w" not in meter.details


def test_a_board_without_a_sensor_is_told_what_to_do(tmp_path):
    sensor(tmp_path, 0, "cpu_thermal", "soc")
    with pytest.raises(UserError, match=r"no INA2xx power sensor .* load its overlay, or choose another --meter"):
        opened(tmp_path)


def test_two_sensors_have_to_be_told_apart(tmp_path):
    sensor(tmp_path, 0, "ina219", "1-0040", power1_input=1000000)
    sensor(tmp_path, 1, "ina219", "1-0041", power1_input=2000000)
    with pytest.raises(UserError, match=r"2 power sensors; there are 1-0040 \(ina219\), 1-0041 \(ina219\)"):
        opened(tmp_path)
    assert opened(tmp_path, "1-0041").read().watts == 2.0
    with pytest.raises(UserError, match="no sensor '1-0099'"):
        opened(tmp_path, "1-0099")


def test_a_sensor_of_another_kind_is_taken_when_it_is_named_and_only_then(tmp_path):
    sensor(tmp_path, 0, "ltc2945", "1-006f", power1_input=3500000, in1_input=5000)
    with pytest.raises(UserError, match="there is no INA2xx power sensor"):
        opened(tmp_path)
    meter = opened(tmp_path, "1-006f")
    assert meter.read() == Reading(3.5, 5.0, None)
    assert (meter.details["chip"], meter.uncertainty) == ("ltc2945", None)


def test_a_sensor_without_readings_is_refused(tmp_path):
    sensor(tmp_path, 0, "ina219", in1_input=5000)
    with pytest.raises(UserError, match="gives no power"):
        opened(tmp_path)


def test_a_forbidden_file_is_named(tmp_path, monkeypatch):
    folder = sensor(tmp_path, 0, "ina219", power1_input=1)

    def refuse(path, _flags):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UserError, match=rf"{folder}/power1_input can't be read \(Permission denied\)"):
        opened(tmp_path)


@pytest.mark.parametrize("garbage", ["", "abc", "4.1e", "\xff\xfe", "0x10"])
def test_garbage_is_no_power(tmp_path, garbage):
    folder = sensor(tmp_path, 0, "ina219", power1_input=1000000, in1_input=5000)
    meter = opened(tmp_path)
    (folder / "power1_input").write_text(garbage)
    assert meter.read() == Reading(None, 5.0, None)


def test_a_sensor_that_vanishes_raises_and_can_be_opened_again(tmp_path, monkeypatch):
    sensor(tmp_path, 0, "ina219", power1_input=1500000)
    meter = opened(tmp_path)

    def gone(*_):
        raise OSError(errno.ENODEV, "No such device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", gone)
        with pytest.raises(OSError, match="No such device"):
            meter.read()
    meter.close()
    meter.open()
    assert meter.read().watts == 1.5


@pytest.mark.parametrize(
    ("chip", "uncertainty"), [("ina228", 0.001), ("ina237", 0.006), ("ina238", 0.002), ("ina260", 0.0025)]
)
def test_the_makers_of_newer_chips_state_their_uncertainty(tmp_path, chip, uncertainty):
    sensor(tmp_path, 0, chip, power1_input=5100000)
    assert opened(tmp_path).uncertainty == uncertainty


THREE = {
    "in1_input": 0,
    "curr1_input": 0,
    "in2_input": 12000,
    "curr2_input": 10,
    "in3_input": 5100,
    "curr3_input": 1000,
}


def test_an_ina3221_s_channel_is_asked_for_and_said(tmp_path):
    sensor(tmp_path, 0, "ina3221", "1-0041", **THREE, in3_label="SYS_5V", shunt3_resistor=10000)
    with pytest.raises(UserError, match=r"several channels; there are 1, 2, 3 \(SYS_5V\): choose .*1-0041,channel=1"):
        opened(tmp_path, "1-0041")
    with pytest.raises(UserError, match="no channel '4'"):
        Hwmon("1-0041", tmp_path, "4").open()
    meter = Hwmon("1-0041", tmp_path, "3")
    meter.open()
    assert meter.read() == Reading(5.1, 5.1, 1.0)
    assert (meter.details["channel"], meter.details["voltage"], meter.details["shunt_ohm"]) == (3, "in3_input", 0.01)


@pytest.mark.parametrize(
    "files",
    [
        {"in0_input": 5100, "in0_label": "VBUS", "in1_input": 1650, "in1_label": "VCC1"},
        {"in0_input": 10, "in1_input": 5100},
        {"in1_input": 12, "in1_label": "vshunt", "in2_input": 5100, "in2_label": "vin"},
        {"in1_input": 12, "in1_label": "vshunt", "in2_input": 5100},
    ],
)
def test_the_supply_line_s_voltage_is_found_by_its_label(tmp_path, files):
    sensor(tmp_path, 0, "powerz", "1-1", **files, curr1_input=800)
    assert opened(tmp_path, "1-1").read() == Reading(pytest.approx(4.08), 5.1, 0.8)
