"""What would keep power from being measured, and how to fix it; together with the board's own troubles."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Collection
from math import isfinite
from pathlib import Path
from statistics import fmean

from bench.board.checks import check_board
from bench.board.simulated.board import SimulatedBoard
from bench.catalog.memory import Needs
from bench.errors import UserError
from bench.power.meter import Meter, find_meter
from bench.power.sampling.simulated_board import board_meter
from bench.records.findings import Finding

READINGS = 20
LISTEN_S = 1.0
"""How often, and how long at most, a meter is read to see how fast it is."""

SUPPLY_V = (4.5, 5.6)
"""What a supply of nominally 5 to 5.25 V gives, drop and tolerance included."""

LEAST_W = 0.3
"""A Pi Zero, which takes the least, idles at about 0.4 W."""

DEVICES = (
    ("dev/vcio", "video", "the firmware's sensors"),
    ("dev/i2c-[0-9]*", "i2c", "sensors on I²C"),
    ("dev/ttyUSB*", "dialout", "meters on a serial line"),
    ("dev/ttyACM*", "dialout", "meters on a serial line"),
)
"""Devices that meters need, the group that may use each on Raspberry Pi OS, and what for."""

OWN_CLOCK = ("csv", "fnirsi", "um25c")
"""Meters whose samples carry the calendar time of a logger, maybe on another computer."""

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


def check_board_and_meter(
    results: Path, spec: str, period_s: float, needs: Needs, simulated: SimulatedBoard | None = None
) -> list[Finding]:
    """Make every check of the board and of the meter that `spec` asks for, to be read every `period_s` seconds.

    Parameters
    ----------
    results : Path
        Where the results would go.
    needs : mapping
        The memory of each cell to be measured, in MiB, by framework and model.
    simulated : SimulatedBoard or None
        The board to look at instead of this computer.
    """
    if simulated is not None:
        sensor = meter(spec, period_s, lambda asked: board_meter(asked, simulated))
        return [*check_board(simulated.root, results, needs), sensor]
    findings = [
        *check_board(Path("/"), results, needs),
        meter(spec, period_s),
        *permissions(Path("/"), os.geteuid(), {os.getegid(), *os.getgroups()}),
        synchronised(spec, _clock_is_synchronised),
    ]
    return [finding for finding in findings if finding is not None]


def meter(
    spec: str,
    period_s: float,
    find: Callable[[str], Meter] = find_meter,
    clock: Callable[[], float] = time.monotonic,
) -> Finding:
    """Open the meter, and find out how fast it can really be read."""
    try:
        chosen = find(spec)
        if chosen.boundary is None:
            fix = "connect a meter, an INA219 say ('bench list' shows which there are), or leave these columns empty"
            return Finding(check="meter", level="warn", found="none: power and merit stay empty", fix=fix)
        chosen.open()
        try:
            began, count = clock(), 0
            watts, volts = [], []
            while count < READINGS and clock() - began < LISTEN_S:
                reading = chosen.read()
                count += 1
                watts += [reading.watts] if reading.watts is not None and isfinite(reading.watts) else []
                volts += [reading.volts] if reading.volts is not None else []
            reading_s = (clock() - began) / count
        finally:
            chosen.close()
    except (UserError, OSError) as error:
        return Finding(check="meter", level="fail", found=str(error), fix="or measure without power: --meter none")
    fastest_s = max(reading_s, chosen.fastest_period_s)
    found = f"{chosen.name} ({chosen.boundary}), up to {1 / fastest_s:.0f} readings a second"
    doubt = _doubt(chosen.boundary, watts, volts)
    if doubt:
        fix = "check what it is connected to, its channel, shunt and scale; a UPS HAT's sensor sees the battery alone"
        return Finding(check="meter", level="warn", found=f"{found}, but {doubt}", fix=fix)
    if fastest_s <= period_s:
        return Finding(check="meter", level="ok", found=found)
    slow = f"{found}, fewer than the {1 / period_s:.0f} asked for"
    return Finding(check="meter", level="warn", found=slow, fix=f"BENCH_PERIOD={fastest_s:.2g}")


def _doubt(boundary: str, watts: list[float], volts: list[float]) -> str:
    """Say what no meter of a whole board reads; empty if nothing speaks against these readings."""
    low, high = SUPPLY_V
    if boundary == "usb-input" and volts and not low <= fmean(volts) <= high:
        return f"it reads {fmean(volts):.2f} V where a board's supply line has 5 V"
    if volts and not watts:
        return "it tells no power"
    if boundary in ("usb-input", "wall") and watts and fmean(watts) < LEAST_W:
        return f"it reads {fmean(watts):.2f} W, less than a computer takes"
    return ""


def permissions(root: Path, user: int, groups: Collection[int]) -> list[Finding]:
    """Look for devices that are here and that this user may not use; one finding for each group."""
    missing: dict[str, list[str]] = {}
    there = False
    for pattern, group, use in DEVICES:
        for device in sorted(root.glob(pattern)):
            there = True
            if not _may_use(device, user, groups):
                missing.setdefault(group, []).append(f"/{device.relative_to(root)} ({use})")
    findings = [
        Finding(
            check="permissions",
            level="warn",
            found=f"you may not use {', '.join(devices)}",
            fix=f"sudo usermod -aG {group} $USER, then log in again",
        )
        for group, devices in missing.items()
    ]
    fine = Finding(check="permissions", level="ok", found="you may use every device that a meter could need")
    return findings or ([fine] if there else [])


def synchronised(spec: str, is_synchronised: Callable[[], bool]) -> Finding | None:
    """Look whether this computer's calendar time is right, where the meter's samples are on another clock."""
    name = spec.partition(":")[0]
    if name not in OWN_CLOCK:
        return None
    if is_synchronised():
        return Finding(check="clock", level="ok", found="synchronised")
    return Finding(
        check="clock",
        level="warn",
        found=f"not synchronised, and meter '{name}' tells calendar time",
        fix="sudo timedatectl set-ntp true, and wait until 'timedatectl' says synchronized",
    )


def _may_use(device: Path, user: int, groups: Collection[int]) -> bool:
    # Not os.access: within a container root owns little, and the mode is what the fix is about.
    status = device.stat()
    if user in (0, status.st_uid):
        return True
    return status.st_mode & 0o006 == 0o006 or (status.st_gid in groups and status.st_mode & 0o060 == 0o060)


def _clock_is_synchronised() -> bool:
    request = ctypes.create_string_buffer(256)  # struct timex, which says "tell only" when it is all zero
    return bool(ctypes.CDLL(None).adjtimex(request) != _TIME_ERROR)
