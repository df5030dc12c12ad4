"""A Raspberry Pi that is not here: a tree of files as its kernel and firmware would show them.

The tree is kept up to date by the sampler, from this computer's processor load. It lies in the run's folder, which
everybody who measures into that run can see.
"""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.board.identity import identify
from bench.board.simulated.physics import KINDS, BoardKind, Physics
from bench.board.throttled import Throttled
from bench.board.utilisation import ProcessorUtilisation
from bench.board.vcgencmd import PROGRAM
from bench.errors import UserError
from bench.records.run import Board

AMBIENT_C = 25.0
"""Of the surroundings, unless the user states it."""

TICK_S = 0.1
"""The kernel counts processor time in ticks of 10 ms: a shorter stretch would tell too little."""

PLAYS = ("under-voltage", "throttling", "heat-up", "drift", "vanishing-meter")
_PAUSE_S, _CYCLE_S, _LENGTH_S = 10.0, 20.0, 5.0  # what a play does, it does after 10 s, for 5 s in every 20 s
HEAT_UP_FROM_S, HEAT_UP_TO_S, HEAT_UP_C = 60.0, 120.0, 82.5
"""The play `heat-up` brings the processor, whatever it does, along a straight line from the idle board's temperature to
this one in °C between these seconds, and holds it there: 70 % of the clock of a Pi 4."""
DRIFT, DRIFT_S = 0.01, 15 * 60.0
"""The play `drift` takes this share of the clock away, along a straight line over so many seconds: what a warmer room
does to a session, and too little to be throttling."""

_CPUFREQ = "sys/devices/system/cpu/cpu0/cpufreq"
CLOCK_FILE = f"{_CPUFREQ}/scaling_cur_freq"
_ZONE = "sys/class/thermal/thermal_zone0"
_ALARM = "sys/class/hwmon/hwmon0"
_SENSOR = "sys/class/hwmon/hwmon1"
_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_ANSWERS = "usr/lib/vcgencmd"
_VCGENCMD = '#!/bin/sh\n# The firmware of a simulated board.\nexec cat "${0%/bin/*}/lib/vcgencmd/$1"\n'

_SHUNT_OHM = 0.01
_SUPPLY_V = 5.1


class Spec(NamedTuple):
    """What `--board simulated:KIND,play=PLAY` asks for."""

    kind: BoardKind
    play: str = ""


def parse_spec(spec: str) -> Spec | None:
    """Read a `--board` argument; empty means the computer as it is, which is None.

    Raises
    ------
    UserError
        If it is no simulated board, or asks for a play that nobody knows.

    Examples
    --------
    >>> parse_spec("") is None
    True
    >>> parse_spec("simulated:pi4,play=throttling").play
    'throttling'
    """
    if not spec:
        return None
    maker, _, text = spec.partition(":")
    name, _, option = text.partition(",")
    if maker != "simulated" or name not in KINDS:
        names = ", ".join(f"simulated:{kind}" for kind in KINDS)
        raise UserError(f"there is no board '{spec}'; leave --board out for this computer, or choose one of: {names}")
    key, _, play = option.partition("=")
    if option and (key != "play" or play not in PLAYS):
        raise UserError(f"board '{spec}': '{option}' is unknown; write play= and one of: {', '.join(PLAYS)}")
    return Spec(KINDS[name], play)


def identify_board(spec: str) -> Board:
    """Describe the board that a `--board` argument asks for; raises UserError like `parse_spec`."""
    here = identify()
    parsed = parse_spec(spec)
    if parsed is None:
        return here
    with TemporaryDirectory() as folder:
        _plant(Path(folder), parsed.kind)
        board = identify(Path(folder))
    simulated = {"model": f"simulated {board.model}", "simulated": True, "spec": spec}
    return board.model_copy(update={**simulated, "os": here.os, "emulated": here.emulated})


class SimulatedBoard:
    """The tree, and what moves its numbers.

    Parameters
    ----------
    root : Path
        The tree's folder, made anew and deleted by `close`.
    clock, utilisation : callable
        Seconds that only grow, and the share of busy processor time since the last call; replaced in tests.

    Attributes
    ----------
    root
        What to read the board's /sys and /proc under.
    has_sensor
        Whether its power sensor is there now.
    """

    def __init__(
        self,
        root: Path,
        spec: Spec,
        ambient_c: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        utilisation: Callable[[], float | None] | None = None,
    ) -> None:
        self.root = root
        self.has_sensor = True
        self._spec = spec
        self._ambient_c = AMBIENT_C if ambient_c is None else ambient_c
        self._physics = Physics(spec.kind, self._ambient_c)
        self._idle_c = self._physics.temp_c
        self._clock = clock
        self._utilisation = utilisation or ProcessorUtilisation()
        self._began = self._last = clock()
        self._utilisation()
        shutil.rmtree(root, ignore_errors=True)
        _plant(root, spec.kind)
        self._show()

    @property
    def details(self) -> dict[str, object]:
        """What a record should say of it."""
        play = {"play": self._spec.play} if self._spec.play else {}
        return {
            "board": self._spec.kind.model,
            "ambient_c": self._ambient_c,
            **play,
            "cannot_see": "anything: these watts are computed from processor utilisation, not measured",
        }

    def tick(self) -> None:
        """Bring the tree up to date, unless that was done a moment ago."""
        moment = self._clock()
        passed = moment - self._last
        if passed < TICK_S:
            return
        load = self._utilisation()
        if load is None:
            return
        self._last = moment
        busy = load >= 0.5 / (os.cpu_count() or 1)  # the governor looks at each core: one that is half busy is enough
        age_s = moment - self._began
        self._physics.advance(passed, load, busy, self._play(age_s), self._heated_c(age_s), self._drifted(age_s))
        self._show()

    def close(self) -> None:
        """Delete the tree."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _play(self, age_s: float) -> int:
        """Do what the play has for this moment; return the bits that it sets."""
        acting = age_s >= _PAUSE_S and (age_s - _PAUSE_S) % _CYCLE_S < _LENGTH_S
        self.has_sensor = not (acting and self._spec.play == "vanishing-meter")
        bits = {
            "under-voltage": Throttled.UNDER_VOLTAGE | Throttled.THROTTLED,
            "throttling": Throttled.CAPPED | Throttled.THROTTLED,
        }
        return bits.get(self._spec.play, 0) if acting else 0

    def _heated_c(self, age_s: float) -> float:
        """Return the temperature that the play brings the processor to at least."""
        if self._spec.play != "heat-up" or age_s < HEAT_UP_FROM_S:
            return -math.inf
        share = min((age_s - HEAT_UP_FROM_S) / (HEAT_UP_TO_S - HEAT_UP_FROM_S), 1.0)
        return self._idle_c + (HEAT_UP_C - self._idle_c) * share

    def _drifted(self, age_s: float) -> float:
        """Return the share of the clock that the play has taken away."""
        return DRIFT * min(age_s / DRIFT_S, 1.0) if self._spec.play == "drift" else 0.0

    def _show(self) -> None:
        physics = self._physics
        kilohertz, bits = round(physics.arm_mhz * 1000), physics.throttled
        milliamperes = round(1000 * physics.power_w / _SUPPLY_V)
        values = {
            f"{_ZONE}/temp": f"{physics.temp_c * 1000:.0f}",
            CLOCK_FILE: f"{kilohertz}",
            _FIRMWARE: f"{bits:x}",
            f"{_ALARM}/in0_lcrit_alarm": f"{bits & Throttled.UNDER_VOLTAGE:d}",
            f"{_ANSWERS}/get_throttled": f"throttled={bits:#x}",
            f"{_ANSWERS}/measure_clock": f"frequency(48)={kilohertz * 1000}",
            f"{_ANSWERS}/measure_temp": f"temp={physics.temp_c:.1f}'C",
            f"{_SENSOR}/power1_input": f"{physics.power_w * 1e6:.0f}",
            f"{_SENSOR}/in1_input": f"{_SUPPLY_V * 1000:.0f}",
            f"{_SENSOR}/curr1_input": f"{milliamperes}",
            f"{_SENSOR}/in0_input": f"{milliamperes * _SHUNT_OHM:.0f}",
        }
        for name, value in values.items():
            _overwrite(self.root / name, value)


def _plant(root: Path, kind: BoardKind) -> None:
    """Write the files that never change."""
    files = {
        "proc/device-tree/model": f"{kind.model}\0",
        "proc/device-tree/compatible": "".join(f"{name}\0" for name in kind.compatible),
        "proc/cpuinfo": f"Revision\t: {kind.revision}\nModel\t\t: {kind.model}\n",
        "proc/meminfo": f"MemTotal: {kind.memory_kib:>15} kB\nMemAvailable: {kind.memory_kib * 3 // 4:>11} kB\n",
        "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
        f"{_CPUFREQ}/scaling_governor": "ondemand\n",
        f"{_CPUFREQ}/scaling_max_freq": f"{kind.max_mhz * 1000:.0f}\n",
        f"{_ZONE}/type": "cpu-thermal\n",
        f"{_ALARM}/name": "rpi_volt\n",
        f"{_SENSOR}/name": "ina219\n",
        f"{_SENSOR}/shunt_resistor": f"{_SHUNT_OHM * 1e6:.0f}\n",
        str(PROGRAM): _VCGENCMD,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (root / PROGRAM).chmod(0o755)
    (root / _SENSOR / "device").symlink_to("1-0040")
    for folder in (_ANSWERS, _FIRMWARE.rpartition("/")[0]):
        (root / folder).mkdir(parents=True, exist_ok=True)


def _overwrite(path: Path, value: str) -> None:
    # In place and always as long, in one call: whoever has it open sees the old value or the new one.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.pwrite(descriptor, f"{value:<31}\n".encode(), 0)
    finally:
        os.close(descriptor)
