from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.board.identity import docker_platform, identify
from bench.records.run import Board

BOARDS = json.loads((Path(__file__).parents[2] / "fixtures/boards.json").read_text())


@pytest.fixture
def board(tmp_path, monkeypatch):
    """Identify a board from the fixtures as a process of `machine` on it would."""

    def identified(name: str, machine: str = "aarch64", page_size: int = 4096) -> Board:
        for file, content in BOARDS[name].items():
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "pi", "6.12.25+rpt-rpi-v8", "#1", machine)))
        monkeypatch.setattr(os, "sysconf", {"SC_PAGESIZE": page_size}.__getitem__)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
        return identify(tmp_path)

    return identified


def test_a_pi_3_is_named_without_the_nul_byte_of_its_device_tree(board):
    pi = board("pi3")
    assert pi.model == "Raspberry Pi 3 Model B Rev 1.2"
    assert (pi.soc, pi.memory_mib, pi.cpus, pi.emulated) == ("bcm2837", 909, 4, False)
    assert (pi.kernel, pi.os) == ("6.12.25+rpt-rpi-v8", "Debian GNU/Linux 12 (bookworm)")


def test_a_pi_4_is_named(board):
    pi = board("pi4")
    assert (pi.model, pi.soc, pi.page_size) == ("Raspberry Pi 4 Model B Rev 1.4", "bcm2711", 4096)


def test_a_pi_5_reports_its_16_kib_pages(board):
    pi = board("pi5", page_size=16384)
    assert (pi.model, pi.soc, pi.page_size) == ("Raspberry Pi 5 Model B Rev 1.0", "bcm2712", 16384)


def test_a_pi_is_known_in_a_container_that_masks_the_device_tree(board):
    pi = board("pi4-in-a-container")
    assert (pi.model, pi.soc) == ("Raspberry Pi 4 Model B Rev 1.4", "bcm2711")
    assert pi.os == "Debian GNU/Linux 11 (bullseye)"


def test_a_32_bit_userland_on_a_64_bit_kernel_is_not_emulated(board):
    assert not board("pi4", machine="armv8l").emulated


def test_a_pc_has_its_processors_name(board):
    pc = board("pc", machine="x86_64")
    assert (pc.model, pc.soc, pc.emulated) == ("Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz", None, False)


@pytest.mark.parametrize("machine", ["aarch64", "armv7l"])
def test_an_emulated_arm_says_so_in_its_name(board, machine):
    pi = board("emulated-arm64-on-a-pc", machine=machine)
    assert pi.emulated
    assert (pi.model, pi.soc) == (f"emulated {machine} on x86", None)


def test_an_emulated_pc_on_a_pi_is_noticed_too(board):
    assert board("pi5", machine="x86_64").model == "emulated x86_64 on aarch64"


@pytest.mark.parametrize("name", ["pi4", "pi4-in-a-container"])
def test_a_pi_has_a_revision_and_a_governor(board, name):
    assert (board(name).revision, board(name).governor) == ("d03114", "ondemand")


def test_a_pc_has_no_revision(board):
    pc = board("pc", machine="x86_64")
    assert (pc.revision, pc.governor) == (None, None)


def test_the_revision_is_read_from_the_device_tree_where_cpuinfo_has_none(tmp_path):
    file = tmp_path / "proc/device-tree/system/linux,revision"
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes.fromhex("00a02082"))
    assert identify(tmp_path).revision == "a02082"


@pytest.mark.parametrize(
    ("file", "content", "limits"),
    [
        ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n", True),
        ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n", False),
        ("proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t8\t1\nmemory\t4\t37\t1\n", True),
        ("proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t58\t0\n", False),
        ("proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t8\t1\n", None),
    ],
)
def test_memory_limits_take_effect_where_the_kernel_counts_memory(tmp_path, file, content, limits):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert identify(tmp_path).memory_limits is limits


def test_an_unreadable_computer_is_named_by_its_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "x", "6.1", "#1", "riscv64")))
    unknown = identify(tmp_path)
    assert (unknown.model, unknown.os, unknown.memory_mib, unknown.emulated) == ("riscv64", "Linux", 0, False)


def test_this_computer_is_identified():
    here = identify()
    assert here.cpus == len(os.sched_getaffinity(0))
    assert here.page_size == os.sysconf("SC_PAGESIZE")
    assert here.userland_bits in (32, 64)
    assert here.memory_mib > 0


@pytest.mark.parametrize(
    ("machine", "bits", "platform"),
    [
        ("aarch64", 64, "linux/arm64"),
        ("aarch64", 32, "linux/arm/v7"),
        ("armv8l", 32, "linux/arm/v7"),
        ("armv7l", 32, "linux/arm/v7"),
        ("armv6l", 32, "linux/armv6l"),
        ("x86_64", 64, "linux/amd64"),
        ("x86_64", 32, "linux/386"),
    ],
)
def test_the_platform_is_that_of_the_programs_and_not_of_the_kernel(
    monkeypatch: pytest.MonkeyPatch, machine: str, bits: int, platform: str
) -> None:
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(machine=machine))
    monkeypatch.setattr("struct.calcsize", lambda _: bits // 8)
    assert docker_platform() == platform
