"""What of the board itself would spoil a measurement, and how to fix it.

A check returns one finding, or None where it does not apply; all of them read only files below a root.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.board.identity import identify
from bench.board.memory import memory
from bench.board.state import State, StateReader
from bench.board.throttled import SLOWED, Throttled, seen
from bench.board.utilisation import ProcessorUtilisation
from bench.records.files import nearest_existing
from bench.records.findings import Finding
from bench.records.run import Board

HOT_C = 70.0
"""An idle board this hot reaches the 80 °C at which a Raspberry Pi lowers its clock within a window."""

ENOUGH_DISK_GB = 11.0
"""The images, as compose builds them, take most of it; fifty thousand prepared pictures alone take 9.9 GB."""

NEEDED_DISK_GB = 1.0
"""The four prepared models, the frameworks' own conversions, and the records of some runs."""

TRIED_PAGE = 4096

QUIET = 0.1
"""Other programs may take this share of the processor."""

LISTEN_S = 1.0

_GOVERNORS = "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"


def check_board(root: Path, results: Path, needs: Mapping[tuple[str, str], int]) -> list[Finding]:
    """Make every check of the board whose files lie below `root`.

    Parameters
    ----------
    results : Path
        Where the results would go.
    needs : mapping
        The memory, in MiB, of each cell to be measured, by framework and model.
    """
    board = identify(root)
    reader = StateReader(root)
    state = reader.read()
    reader.close()
    findings = [
        governor(board),
        power_supply(state),
        temperature(state),
        memory_limits(root, board),
        page_size(root, board),
        memory(root, needs),
        disk(results, shutil.disk_usage),
        userland(board),
    ]
    return [finding for finding in findings if finding is not None]


def governor(board: Board) -> Finding | None:
    """Look for a clock that follows the load."""
    chosen = board.governor
    if chosen is None:
        return None
    if chosen == "performance":
        return Finding(check="governor", level="ok", found=chosen)
    return Finding(
        check="governor",
        level="warn",
        found=f"'{chosen}' changes the clock with the load",
        fix=f"echo performance | sudo tee {_GOVERNORS}",
    )


def power_supply(state: State) -> Finding | None:
    """Look for under-voltage, now and since boot."""
    bits = state.throttled
    if bits is None:
        return None
    fix = "use the maker's supply and a short cable (5.1 V: 2.5 A for a Pi 3, 3 A for a Pi 4, 5 A for a Pi 5)"
    if bits & Throttled.UNDER_VOLTAGE:
        return Finding(check="power supply", level="fail", found=f"under-voltage now ({bits:#x})", fix=fix)
    if bits & Throttled.SEEN_UNDER_VOLTAGE:
        found = f"under-voltage since boot ({bits:#x})"
        return Finding(check="power supply", level="warn", found=found, fix=f"{fix}, then reboot to forget it")
    return Finding(check="power supply", level="ok", found="no under-voltage since boot")


def temperature(state: State) -> Finding | None:
    """Look for heat, and for what the firmware does about it."""
    temp_c, bits = state.temp_c, state.throttled or 0
    if temp_c is None:
        return None
    fix = "fit a heat sink or a fan, or let it rest; the profile 'full' waits until it is cool"
    if bits & SLOWED:
        found = f"{temp_c:.0f} °C, the firmware holds the clock down now ({bits:#x})"
        return Finding(check="temperature", level="fail", found=found, fix=fix)
    if temp_c >= HOT_C:
        return Finding(check="temperature", level="warn", found=f"{temp_c:.0f} °C before anything is measured", fix=fix)
    if bits & seen(SLOWED):
        found = f"{temp_c:.0f} °C; the firmware has held the clock down since boot ({bits:#x})"
        return Finding(check="temperature", level="warn", found=found, fix=fix)
    return Finding(check="temperature", level="ok", found=f"{temp_c:.0f} °C")


def memory_limits(root: Path, board: Board) -> Finding | None:
    """Look whether the kernel counts containers' memory, which a Raspberry Pi's does not by default."""
    if board.memory_limits is None:
        return None
    if board.memory_limits:
        return Finding(check="memory limits", level="ok", found="the kernel counts containers' memory")
    return Finding(
        check="memory limits",
        level="warn",
        found="the kernel does not count containers' memory: limits have no effect",
        fix=f"append ' cgroup_enable=memory' to the one line of {_boot_file(root, 'cmdline.txt')} and reboot",
    )


def page_size(root: Path, board: Board) -> Finding:
    """Compare the kernel's pages with the 4 KiB that the images were tried on."""
    size = board.page_size
    if size <= TRIED_PAGE:
        return Finding(check="page size", level="ok", found=f"{size} bytes")
    return Finding(
        check="page size",
        level="warn",
        found=f"{size} bytes; the images were only tried on {TRIED_PAGE}",
        fix=f"should a framework not load: add 'kernel=kernel8.img' to {_boot_file(root, 'config.txt')} and reboot",
    )


def disk(results: Path, usage: Callable[[Path], tuple[int, int, int]]) -> Finding:
    """Look for room where the results go, which is where Docker's images mostly are too."""
    folder = nearest_existing(results)
    free_gb = usage(folder)[2] / 1e9
    room = f"{free_gb:.1f} GB free in {folder}"
    fix = "free some space (docker system prune), or put the results elsewhere: --results FOLDER"
    if free_gb < NEEDED_DISK_GB:
        return Finding(check="disk", level="fail", found=f"{room}, less than {NEEDED_DISK_GB:g} GB", fix=fix)
    if free_gb < ENOUGH_DISK_GB:
        short = f"{room}; building the images, or preparing 50,000 pictures, needs {ENOUGH_DISK_GB:g} GB"
        return Finding(check="disk", level="warn", found=short, fix=fix)
    return Finding(check="disk", level="ok", found=room)


def userland(board: Board) -> Finding:
    """Look for a 32-bit system, on which some frameworks don't exist."""
    if board.userland_bits == 64:
        return Finding(check="userland", level="ok", found="64-bit")
    kernel = "64-bit" if board.machine in ("aarch64", "x86_64") else "32-bit"
    return Finding(
        check="userland",
        level="warn",
        found=f"32-bit on a {kernel} kernel: TensorFlow does not exist for it, and others are slower",
        fix="install Raspberry Pi OS (64-bit)",
    )


def other_load(root: Path = Path("/"), wait: Callable[[float], None] = time.sleep) -> Finding | None:
    """Listen for a second to what other programs take of the processor; sensible only before anything begins."""
    try:
        utilisation = ProcessorUtilisation(root / "proc")
    except OSError:
        return None
    utilisation()
    wait(LISTEN_S)
    share = utilisation()
    if share is None:
        return None
    if share <= QUIET:
        return Finding(check="other load", level="ok", found=f"{share:.0%} of the processor")
    return Finding(
        check="other load",
        level="warn",
        found=f"other programs take {share:.0%} of the processor",
        fix="'top' shows which; stop them",
    )


def _boot_file(root: Path, name: str) -> str:
    # Raspberry Pi OS has moved them with Debian 12.
    new = root / "boot/firmware" / name
    return f"/boot/{name}" if (root / "boot" / name).exists() and not new.exists() else f"/boot/firmware/{name}"
