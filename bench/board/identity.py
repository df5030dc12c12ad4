"""Which computer this is."""

from __future__ import annotations

import os
import re
import struct
from contextlib import suppress
from pathlib import Path

from bench.board.sysfs import read_value
from bench.records.run import Board

_NEW_STYLE = 1 << 23
_PROCESSORS = ("bcm2835", "bcm2836", "bcm2837", "bcm2711", "bcm2712")


def identify(root: Path = Path("/")) -> Board:
    """Describe the computer this process runs on.

    Within a container the device tree is masked; a Raspberry Pi is then known by the lines its kernel adds to
    /proc/cpuinfo. The operating system is the container's: that is what the frameworks run on.

    Parameters
    ----------
    root : Path
        What to read /proc, /sys and /etc under.
    """
    system = os.uname()
    cpuinfo = _cpuinfo(root)
    host = _host_architecture(root)
    emulated = host is not None and _family(host) != _family(system.machine)
    return Board(
        model=f"emulated {system.machine} on {host}" if emulated else _model(root, cpuinfo) or system.machine,
        soc=None if emulated else _soc(root, cpuinfo),
        revision=None if emulated else _revision(root, cpuinfo),
        machine=system.machine,
        cpus=len(os.sched_getaffinity(0)),
        memory_mib=_memory_mib(root),
        page_size=os.sysconf("SC_PAGESIZE"),
        kernel=system.release,
        os=_os_name(root) or system.sysname,
        userland_bits=struct.calcsize("P") * 8,
        governor=read_value(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        max_mhz=_max_mhz(root),
        memory_limits=_memory_limits(root),
        emulated=emulated,
    )


def _model(root: Path, cpuinfo: dict[str, str]) -> str | None:
    return read_value(root / "proc/device-tree/model") or cpuinfo.get("Model") or cpuinfo.get("model name")


def _soc(root: Path, cpuinfo: dict[str, str]) -> str | None:
    compatible = read_value(root / "proc/device-tree/compatible")
    if compatible:
        return compatible.split("\0")[-1].partition(",")[2] or None
    return _soc_of_revision(_revision(root, cpuinfo) or "")


def _revision(root: Path, cpuinfo: dict[str, str]) -> str | None:
    revision = cpuinfo.get("Revision", "")
    if not revision:  # newer kernels have it in the device tree alone: four bytes, the highest first
        with suppress(OSError):
            revision = (root / "proc/device-tree/system/linux,revision").read_bytes().hex().lstrip("0")
    return revision if revision.strip("0") else None


def _soc_of_revision(revision: str) -> str | None:
    # Bit 23 marks a new-style code, bits 12-15 are the processor:
    # https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#new-style-revision-codes
    try:
        code = int(revision, 16)
    except ValueError:
        return None
    processor = code >> 12 & 0xF
    return _PROCESSORS[processor] if code & _NEW_STYLE and processor < len(_PROCESSORS) else None


def _host_architecture(root: Path) -> str | None:
    # qemu-user answers uname and /proc/cpuinfo for the guest, but passes /sys through: `cpu:type:x86,ven0002…`.
    found = re.match(r"cpu:type:(\w+)", read_value(root / "sys/devices/system/cpu/modalias") or "")
    return found[1] if found else None


def _family(machine: str) -> str:
    if machine.startswith(("aarch64", "arm", "v6", "v7", "v8")):
        return "arm"
    return "x86" if machine.startswith(("x86", "i386", "i486", "i586", "i686")) else machine


def _cpuinfo(root: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in (read_value(root / "proc/cpuinfo") or "").splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _memory_mib(root: Path) -> int:
    found = re.search(r"^MemTotal:\s+(\d+) kB", read_value(root / "proc/meminfo") or "", re.MULTILINE)
    return int(found[1]) // 1024 if found else 0


def processor_part(root: Path) -> tuple[str, str]:
    """Return an ARM processor's implementer and part, as /proc/cpuinfo has them; the last core's where they differ."""
    cpuinfo = _cpuinfo(root)
    return cpuinfo.get("CPU implementer", ""), cpuinfo.get("CPU part", "")


def _max_mhz(root: Path) -> float | None:
    folder = root / "sys/devices/system/cpu/cpu0/cpufreq"
    kilohertz = read_value(folder / "scaling_max_freq") or read_value(folder / "cpuinfo_max_freq")
    return int(kilohertz) / 1000 if kilohertz and kilohertz.isdecimal() else None


def _memory_limits(root: Path) -> bool | None:
    # Version 2 of control groups lists what can be limited; version 1 (and both at once) has a table for that:
    # https://docs.kernel.org/admin-guide/cgroup-v2.html, cgroups(7).
    controllers = read_value(root / "sys/fs/cgroup/cgroup.controllers")
    if controllers is not None:
        return "memory" in controllers.split()
    found = re.search(r"^memory\s+\d+\s+\d+\s+([01])$", read_value(root / "proc/cgroups") or "", re.MULTILINE)
    return found[1] == "1" if found else None


def _os_name(root: Path) -> str | None:
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', read_value(root / "etc/os-release") or "", re.MULTILINE)
    return found[1] if found else None


def docker_platform() -> str:
    """Return this process's platform in Docker's words.

    The kernel alone does not tell: a 32-bit system on a 64-bit kernel, as on many Pis, runs 32-bit programs only.
    """
    machine = os.uname().machine
    if struct.calcsize("P") == 4 and machine in ("aarch64", "armv8l", "x86_64"):
        return "linux/386" if machine == "x86_64" else "linux/arm/v7"
    names = {"x86_64": "linux/amd64", "aarch64": "linux/arm64", "armv7l": "linux/arm/v7"}
    return names.get(machine, f"linux/{machine}")
