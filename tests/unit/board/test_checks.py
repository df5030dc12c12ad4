"""Every check of `bench doctor`: when it is ok, when it warns, when it fails, and the fix it names."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.board import checks as doctor
from bench.board.checks import check_board, other_load
from bench.board.simulated.board import identify_board
from bench.board.state import State
from bench.cli.app import app
from bench.errors import UserError
from bench.launch.doctor import INSTALL, check_engine, examine, judge_compose, judge_engine
from bench.power.meter import Meter, Reading
from bench.power.meters.none import NoMeter
from bench.power.sampling import meter_checks
from bench.records.findings import Finding
from bench.records.notes.results import BoardIsSimulated
from bench.records.run import Board
from bench.report.terminal.findings import findings_text
from bench.report.terminal.results import print_results
from bench.results.merge import merge
from bench.runs.open import open_run
from tests.made.records import PLAN

GIB = 2**30
HEALTHY = {
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "proc/meminfo": "MemTotal:        3884096 kB\nMemAvailable:    3072000 kB\n",
}
NEEDS = {
    ("opencv", "nin"): 120,
    ("opencv", "squeezenet"): 90,
    ("tensorflow", "nin"): 600,
    ("tensorflow", "squeezenet"): 500,
    ("caffe", "nin"): 200,
    ("caffe2", "nin"): 400,
}
FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
TEMPERATURE = "sys/class/thermal/thermal_zone0/temp"
Examined = Callable[..., dict[str, Finding]]


@pytest.fixture
def examined(tmp_path: Path) -> Examined:
    """Examine a healthy board of which some files say something else (None: there is no such file)."""

    def check(files: dict[str, str | None] | None = None) -> dict[str, Finding]:
        for name, content in {**HEALTHY, **(files or {})}.items():
            if content is not None:
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        return {finding.check: finding for finding in check_board(tmp_path, tmp_path / "results", NEEDS)}

    return check


def parts(finding: Finding) -> tuple[str, str, str | None]:
    return finding.level, finding.found, finding.fix


def test_a_healthy_board_is_ok_in_every_check(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: (100 * GIB, 50 * GIB, 50 * GIB))
    found = examined()
    assert set(found) == {
        *("governor", "power supply", "temperature", "memory limits", "page size", "memory", "disk", "userland")
    }
    assert {name for name, finding in found.items() if finding.level != "ok" or finding.fix} <= {"page size"}
    assert [found[name].found for name in ("governor", "temperature", "memory")] == [
        "performance",
        "48 °C",
        "3000 MiB free",
    ]


def test_what_a_board_does_not_tell_is_not_judged(examined: Examined) -> None:
    found = examined(dict.fromkeys(HEALTHY))
    assert set(found) == {"page size", "disk", "userland"}


def test_a_governor_that_changes_the_clock_is_warned_of(examined: Examined) -> None:
    found = examined({"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand\n"})
    assert parts(found["governor"]) == (
        "warn",
        "'ondemand' changes the clock with the load",
        "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    )


@pytest.mark.parametrize(
    ("bits", "level", "words"),
    [
        ("0", "ok", "no under-voltage since boot"),
        ("50000", "warn", "under-voltage since boot (0x50000)"),
        ("50005", "fail", "under-voltage now (0x50005)"),
        ("60002", "ok", "no under-voltage since boot"),
    ],
)
def test_under_voltage_is_warned_of_and_fails_while_it_lasts(
    examined: Examined, bits: str, level: str, words: str
) -> None:
    finding = examined({FIRMWARE: bits})["power supply"]
    assert (finding.level, finding.found) == (level, words)
    assert (finding.fix is None) == (level == "ok")
    if finding.fix is not None:
        assert finding.fix.startswith("use the maker's supply and a short cable")


@pytest.mark.parametrize(
    ("millidegrees", "bits", "level", "words"),
    [
        ("48312", "0", "ok", "48 °C"),
        ("69900", "10000", "ok", "70 °C"),
        ("70000", "0", "warn", "70 °C before anything is measured"),
        ("55000", "60000", "warn", "55 °C; the firmware has held the clock down since boot (0x60000)"),
        ("82000", "60002", "fail", "82 °C, the firmware holds the clock down now (0x60002)"),
        ("61000", "80008", "fail", "61 °C, the firmware holds the clock down now (0x80008)"),
    ],
)
def test_heat_is_warned_of_and_fails_while_the_clock_is_held_down(
    examined: Examined, millidegrees: str, bits: str, level: str, words: str
) -> None:
    finding = examined({TEMPERATURE: millidegrees, FIRMWARE: bits})["temperature"]
    assert (finding.level, finding.found) == (level, words)
    assert (finding.fix is not None) == (level != "ok")


@pytest.mark.parametrize(
    ("there", "named"),
    [
        (["boot/firmware/cmdline.txt"], "/boot/firmware/cmdline.txt"),
        (["boot/cmdline.txt"], "/boot/cmdline.txt"),
        (["boot/cmdline.txt", "boot/firmware/cmdline.txt"], "/boot/firmware/cmdline.txt"),
        ([], "/boot/firmware/cmdline.txt"),
    ],
)
def test_memory_that_is_not_counted_is_mended_in_the_file_that_this_system_has(
    examined: Examined, there: list[str], named: str
) -> None:
    found = examined({"sys/fs/cgroup/cgroup.controllers": "cpuset cpu io pids", **dict.fromkeys(there, "root=x")})
    assert parts(found["memory limits"]) == (
        "warn",
        "the kernel does not count containers' memory: limits have no effect",
        f"append ' cgroup_enable=memory' to the one line of {named} and reboot",
    )


BOARD = Board(model="x", machine="aarch64", cpus=4, memory_mib=1, page_size=16384, kernel="6", os="x", userland_bits=64)


def test_large_pages_are_warned_of(tmp_path: Path) -> None:
    assert parts(doctor.page_size(tmp_path, BOARD)) == (
        "warn",
        "16384 bytes; the images were only tried on 4096",
        "should a framework not load: add 'kernel=kernel8.img' to /boot/firmware/config.txt and reboot",
    )
    small = BOARD.model_copy(update={"page_size": 4096})
    assert parts(doctor.page_size(tmp_path, small)) == ("ok", "4096 bytes", None)


@pytest.mark.parametrize(("machine", "kernel"), [("aarch64", "64-bit"), ("armv7l", "32-bit")])
def test_a_32_bit_userland_is_warned_of(machine: str, kernel: str) -> None:
    finding = doctor.userland(BOARD.model_copy(update={"userland_bits": 32, "machine": machine}))
    assert finding.level == "warn"
    assert finding.found.startswith(f"32-bit on a {kernel} kernel: TensorFlow does not exist for it")
    assert finding.fix == "install Raspberry Pi OS (64-bit)"
    assert doctor.userland(BOARD).level == "ok"


@pytest.mark.parametrize(
    ("mib", "level", "words"),
    [
        (600, "ok", "600 MiB free"),
        (599, "warn", "599 MiB free, too little for 1 of 6 cells: tensorflow nin (600 MiB)"),
        (
            100,
            "warn",
            "100 MiB free, too little for 5 of 6 cells: tensorflow nin (600 MiB), tensorflow squeezenet (500 MiB), "
            "caffe2 nin (400 MiB), caffe nin (200 MiB), and 1 more",
        ),
        (
            89,
            "fail",
            "89 MiB free, too little for 6 of 6 cells: tensorflow nin (600 MiB), tensorflow squeezenet (500 MiB), "
            "caffe2 nin (400 MiB), caffe nin (200 MiB), and 2 more",
        ),
    ],
)
def test_what_does_not_fit_into_the_free_memory_is_named(examined: Examined, mib: int, level: str, words: str) -> None:
    finding = examined({"proc/meminfo": f"MemAvailable:    {mib * 1024} kB\n"})["memory"]
    assert (finding.level, finding.found) == (level, words)
    assert finding.fix is None if level == "ok" else finding.fix is not None
    assert ("--force" in (finding.fix or "")) == (level == "warn")


@pytest.mark.parametrize(("free_gb", "level"), [(11.0, "ok"), (10.9, "warn"), (1.0, "warn"), (0.9, "fail")])
def test_free_disk_is_looked_for_where_the_results_go(tmp_path: Path, free_gb: float, level: str) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> tuple[int, int, int]:
        asked.append(folder)
        return 0, 0, round(free_gb * 1e9)

    finding = doctor.disk(tmp_path / "not/yet", usage)
    assert asked == [tmp_path]
    assert finding.level == level
    assert finding.found.startswith(f"{free_gb:.1f} GB free in {tmp_path}")
    assert (finding.fix is not None) == (level != "ok")


@pytest.mark.parametrize(("busy", "level"), [(10, "ok"), (11, "warn")])
def test_other_programs_load_is_listened_for(tmp_path: Path, busy: int, level: str) -> None:
    stat = tmp_path / "proc/stat"
    stat.parent.mkdir()
    stat.write_text("cpu  0 0 0 100 0 0 0 0\n")
    finding = other_load(tmp_path, lambda _: bool(stat.write_text(f"cpu  {busy} 0 0 {200 - busy} 0 0 0 0\n")))
    assert finding is not None
    assert (finding.level, f"{busy}% of the processor" in finding.found) == (level, True)
    assert finding.fix == ("'top' shows which; stop them" if level == "warn" else None)


class Slow(Meter):
    """A meter whose reading takes a quarter of a second on the test's clock."""

    name = "slow"
    boundary = "wall"
    fastest_period_s = 0.001

    def __init__(self) -> None:
        self.moment = 0.0
        self.details = {}
        self.is_open = False

    def open(self) -> None:
        self.is_open = True

    def read(self) -> Reading:
        self.moment += 0.25
        return Reading(4.0)

    def close(self) -> None:
        self.is_open = False


@pytest.mark.parametrize(
    ("period_s", "expected"),
    [
        (0.5, ("ok", "slow (wall), up to 4 readings a second", None)),
        (0.1, ("warn", "slow (wall), up to 4 readings a second, fewer than the 10 asked for", "BENCH_PERIOD=0.25")),
    ],
)
def test_the_rate_that_a_meter_really_gives_is_measured(period_s: float, expected: tuple[str, str, str]) -> None:
    slow = Slow()
    assert parts(meter_checks.meter("slow", period_s, lambda _: slow, lambda: slow.moment)) == expected
    assert not slow.is_open


def test_a_meter_that_is_not_there_fails_with_its_own_words() -> None:
    def missing(_: str) -> Meter:
        raise UserError("meter hwmon: there is no sensor; load its overlay")

    finding = meter_checks.meter("hwmon", 0.1, missing)
    assert (finding.level, finding.found) == ("fail", "meter hwmon: there is no sensor; load its overlay")
    assert finding.fix == "or measure without power: --meter none"


def test_no_meter_is_warned_of() -> None:
    finding = meter_checks.meter("auto", 0.1, lambda _: NoMeter())
    assert (finding.level, finding.found) == ("warn", "none: power and merit stay empty")


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    (tmp_path / "dev").mkdir()
    for name, mode in {"i2c-1": 0o660, "vcio": 0o660, "ttyACM0": 0o660}.items():
        (tmp_path / "dev" / name).touch()
        (tmp_path / "dev" / name).chmod(mode)
    return tmp_path


def test_devices_of_groups_that_the_user_is_not_in_are_named_with_the_command(devices: Path) -> None:
    found = meter_checks.permissions(devices, user=os.getuid() + 1, groups={os.getgid() + 1})
    assert [finding.level for finding in found] == ["warn"] * 3
    assert {finding.found: finding.fix for finding in found} == {
        "you may not use /dev/vcio (the firmware's sensors)": "sudo usermod -aG video $USER, then log in again",
        "you may not use /dev/i2c-1 (sensors on I²C)": "sudo usermod -aG i2c $USER, then log in again",
        "you may not use /dev/ttyACM0 (meters on a serial line)": "sudo usermod -aG dialout $USER, then log in again",
    }


def test_devices_of_the_user_s_groups_are_fine(devices: Path) -> None:
    group = (devices / "dev/i2c-1").stat().st_gid
    (finding,) = meter_checks.permissions(devices, user=os.getuid() + 1, groups={group})
    assert parts(finding) == ("ok", "you may use every device that a meter could need", None)


def test_without_devices_there_are_no_permissions_to_judge(tmp_path: Path) -> None:
    assert meter_checks.permissions(tmp_path, user=1000, groups={1000}) == []


@pytest.mark.parametrize(("right", "level"), [(True, "ok"), (False, "warn")])
def test_the_clock_matters_for_a_meter_with_its_own(right: bool, level: str) -> None:
    finding = meter_checks.synchronised("fnirsi:file=log.txt", lambda: right)
    assert finding is not None
    assert (finding.check, finding.level) == ("clock", level)
    assert (finding.fix or "").startswith("" if right else "sudo timedatectl set-ntp true")


def test_the_clock_does_not_matter_for_a_meter_of_this_computer() -> None:
    assert meter_checks.synchronised("hwmon", lambda: False) is None


@pytest.mark.parametrize(
    ("version", "complaint", "level", "found", "fix"),
    [
        ("28.2.2", "", "ok", "Docker 28.2.2", None),
        ("26.1.5+dfsg1", "", "ok", "Docker 26.1.5+dfsg1", None),
        ("20.10.24", "", "warn", "Docker 20.10.24; 26.1 is the oldest that this was seen working with", INSTALL),
        ("", "Cannot connect", "warn", "no Docker engine answers: only the frameworks that PyPI has", INSTALL),
        ("", "permission denied while", "warn", "you may not use the Docker engine", "sudo usermod -aG docker $USER"),
    ],
)
def test_the_engine_is_judged(version: str, complaint: str, level: str, found: str, fix: str | None) -> None:
    finding = judge_engine(version, complaint)
    assert finding.level == level
    assert finding.found.startswith(found)
    assert (finding.fix or "").startswith(fix or "")
    assert (finding.fix is None) == (fix is None)


def test_podman_is_not_taken_for_an_old_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho Emulate Docker CLI using podman. >&2\necho 4.3.1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (finding,) = check_engine()
    assert (finding.check, finding.level, finding.fix) == ("engine", "warn", None)
    assert finding.found.startswith("'docker' is Podman here, which was not tried")


@pytest.mark.parametrize("program", ["nerdctl", "finch"])
def test_another_program_by_docker_s_name_is_called_by_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo {program} version 1.7.7 || echo 1.7.7\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (finding,) = check_engine()
    assert (finding.check, finding.level, finding.fix) == ("engine", "warn", None)
    assert finding.found.startswith(f"'docker' is {program} here, which was not tried")


@pytest.mark.parametrize(
    ("version", "level", "found"),
    [
        ("2.26.1-4", "ok", "Compose 2.26.1-4"),
        ("v5.0.0", "ok", "Compose v5.0.0"),
        ("2.20.0", "warn", "Compose 2.20.0; 2.26 is the oldest that this was seen working with"),
        ("", "warn", "Docker has no Compose: only the frameworks that PyPI has are measured"),
    ],
)
def test_compose_is_judged(version: str, level: str, found: str) -> None:
    finding = judge_compose(version)
    assert (finding.level, finding.found) == (level, found)
    assert finding.fix == (None if level == "ok" else INSTALL)


def test_a_simulated_board_is_examined_instead_of_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.launch.doctor.other_load", lambda: None)
    monkeypatch.setattr("bench.launch.doctor.check_engine", lambda: [])
    found = {finding.check: finding for finding in examine(tmp_path, "auto", 0.1, {}, "simulated:pi4")}
    assert found["governor"].found == "'ondemand' changes the clock with the load"
    assert found["temperature"].found == "41 °C"
    assert found["meter"].level == "ok"
    assert found["meter"].found.startswith("simulated (simulated), up to ")


def test_the_report_has_a_line_for_each_check_its_mend_below_and_the_sum() -> None:
    text = findings_text(
        [
            Finding(check="governor", level="ok", found="performance"),
            Finding(check="disk", level="fail", found="full", fix="docker system prune"),
        ]
    )
    assert text.plain.splitlines() == [
        "ok    governor       performance",
        "fail  disk           full",
        "                     → docker system prune",
        "1 ok, 0 warn, 1 fail",
    ]


def test_a_state_that_is_unknown_is_no_finding() -> None:
    assert doctor.power_supply(State()) is None
    assert doctor.temperature(State(throttled=0)) is None


def test_what_the_sampler_found_is_in_the_results_and_below_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = open_run(tmp_path, PLAN, "", identify_board("simulated:pi4"))
    folder.write_examination([Finding(check="governor", level="warn", found="'ondemand'", fix="mend it")])
    results = merge(folder)
    assert [finding.found for finding in results.doctor] == ["'ondemand'"]
    assert results.warnings == [BoardIsSimulated()]
    print_results(results)
    assert "warn  governor       'ondemand'\n                     → mend it\n0 ok, 1 warn" in capsys.readouterr().out


def test_an_unreadable_examination_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    folder = open_run(tmp_path, PLAN)
    folder.doctor_json.write_text("{")
    results = merge(folder)
    assert results.doctor == []
    assert len(results.warnings) == 1
    assert str(folder.doctor_json) in str(results.warnings[0])


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_machines_get_json_and_an_exit_code(monkeypatch: pytest.MonkeyPatch, level: str, code: int) -> None:
    found = Finding.model_validate({"check": "disk", "level": level, "found": "room", "fix": None})
    monkeypatch.setattr("bench.launch.doctor.examine", lambda *_: [found])
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == code
    assert json.loads(done.stdout) == [{"check": "disk", "level": level, "found": "room", "fix": None}]
