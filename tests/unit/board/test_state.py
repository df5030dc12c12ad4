from __future__ import annotations

from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.board.state import State, StateReader

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
ZONE = "sys/class/thermal/thermal_zone"


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_a_pi_tells_temperature_clock_and_throttling(tmp_path):
    plant(
        tmp_path,
        {
            f"{ZONE}0/type": "cpu-thermal\n",
            f"{ZONE}0/temp": "48312\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1500000\n",
            FIRMWARE: "50005\n",
        },
    )
    assert StateReader(tmp_path).read() == State(temp_c=48.312, arm_mhz=1500.0, throttled=0x50005)


def test_a_board_without_sensors_tells_nothing(tmp_path):
    assert StateReader(tmp_path).read() == State(None, None, None)


def test_the_processors_zone_is_found_among_others(tmp_path):
    plant(tmp_path, {f"{ZONE}0/type": "acpitz", f"{ZONE}0/temp": "27800"})
    plant(tmp_path, {f"{ZONE}1/type": "x86_pkg_temp", f"{ZONE}1/temp": "61000"})
    assert StateReader(tmp_path).read().temp_c == 61.0


@pytest.mark.parametrize(
    ("content", "bits"),
    [("0\n", 0x0), ("50000\n", 0x50000), ("50005\n", 0x50005), ("60002\n", 0x60002), ("0x80000\n", 0x80000)],
)
def test_throttled_bits_are_hexadecimal(tmp_path, content, bits):
    plant(tmp_path, {FIRMWARE: content})
    assert StateReader(tmp_path).read().throttled == bits


@pytest.mark.parametrize(
    "path",
    [
        "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
        "sys/devices/platform/soc/soc:firmware/get_throttled",
        "sys/devices/platform/soc/3f00b840.firmware-mailbox/get_throttled",
    ],
)
def test_throttled_bits_are_found_wherever_the_kernel_puts_them(tmp_path, path):
    plant(tmp_path, {path: "20002"})
    assert StateReader(tmp_path).read().throttled == 0x20002


@pytest.mark.parametrize(("alarm", "bits"), [("0\n", 0), ("1\n", 1)])
def test_the_under_voltage_alarm_stands_in_for_the_firmware(tmp_path, alarm, bits):
    plant(tmp_path, {"sys/class/hwmon/hwmon0/name": "cpu_thermal\n", "sys/class/hwmon/hwmon3/name": "rpi_volt\n"})
    plant(tmp_path, {"sys/class/hwmon/hwmon3/in0_lcrit_alarm": alarm})
    assert StateReader(tmp_path).read().throttled == bits


def test_values_are_read_anew_each_time(tmp_path):
    plant(tmp_path, {f"{ZONE}0/type": "cpu-thermal", f"{ZONE}0/temp": "48312"})
    reader = StateReader(tmp_path)
    reader.read()
    plant(tmp_path, {f"{ZONE}0/temp": "9950"})
    assert reader.read().temp_c == 9.95


def test_a_value_that_makes_no_sense_is_left_out(tmp_path):
    plant(tmp_path, {f"{ZONE}0/type": "cpu-thermal", f"{ZONE}0/temp": "hot", FIRMWARE: ""})
    assert StateReader(tmp_path).read() == State()


def test_both_clocks_belong_to_this_boot():
    first, second = now(), now()
    assert first.boot_id == second.boot_id
    assert len(first.boot_id) == 36
    assert second.monotonic_ns >= first.monotonic_ns


def firmware(root: Path, **answers: str) -> Path:
    """Put a `vcgencmd` there that gives these answers, and exits with 255 for any other question."""
    cases = "".join(f'{question}) echo "{answer}";;\n' for question, answer in answers.items())
    plant(root, {"usr/bin/vcgencmd": f'#!/bin/sh\ncase "$1" in\n{cases}*) exit 255;;\nesac\n'})
    (root / "usr/bin/vcgencmd").chmod(0o755)
    return root


def test_without_files_the_firmware_is_asked(tmp_path):
    answers = {
        "get_throttled": "throttled=0x50005",
        "measure_clock": "frequency(48)=1500000000",
        "measure_temp": "temp=39.5'C",
    }
    assert StateReader(firmware(tmp_path, **answers)).read() == State(temp_c=39.5, arm_mhz=1500.0, throttled=0x50005)


@pytest.mark.parametrize(
    ("answer", "megahertz"),
    [
        ("frequency(48)=1531406208", 1531.406208),
        ("frequency(45)=700154304", 700.154304),
        ("frequency(0)=2000478464", 2000.478464),
        ("frequency(48)=1141118000", 1141.118),
    ],
)
def test_the_measured_clock_comes_before_the_one_the_kernel_asked_for(tmp_path, answer, megahertz):
    plant(tmp_path, {"sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq": "1500000\n"})
    firmware(tmp_path, get_throttled="throttled=0x60002", measure_clock=answer)
    assert StateReader(tmp_path).read().arm_mhz == megahertz


def test_the_kernels_bits_come_before_the_firmwares(tmp_path):
    plant(tmp_path, {FIRMWARE: "80000\n"})
    assert StateReader(firmware(tmp_path, get_throttled="throttled=0x0")).read().throttled == 0x80000


def test_the_fastest_core_s_clock_counts(tmp_path):
    policies = "sys/devices/system/cpu/cpufreq"
    plant(
        tmp_path, {f"{policies}/policy0/scaling_cur_freq": "800000", f"{policies}/policy4/scaling_cur_freq": "2400000"}
    )
    assert StateReader(tmp_path).read().arm_mhz == 2400.0


@pytest.mark.parametrize(
    "error",
    ["VCHI initialization failed", "Can't open device file: /dev/vcio\nTry creating a device file with: sudo mknod"],
)
def test_a_firmware_that_may_not_be_asked_is_left_alone(tmp_path, error):
    plant(tmp_path, {f"{ZONE}0/type": "cpu-thermal", f"{ZONE}0/temp": "48312"})
    firmware(tmp_path, get_throttled=error)
    assert StateReader(tmp_path).read() == State(temp_c=48.312)
