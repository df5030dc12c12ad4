"""A Raspberry Pi 5's own power management chip, asked through the firmware."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from typing import Callable

from bench.errors import UserError
from bench.power.meter import Meter, Reading

_COMMAND = ("vcgencmd", "pmic_read_adc")
_TIMEOUT_S = 2.0
_LINE = re.compile(r"(\S+)_([AV]) (?:current|volt)\(\d+\)=(\S+)[AV]")
_BOARD_SLOPE = 1.1451
_BOARD_OFFSET_W = 0.5879
"""One published fit of the board's input over the sum of the rails: one board, one person's meter."""


class Pi5Pmic(Meter):
    """The sum of the rails that the chip measures.

    Parameters
    ----------
    ask : callable
        Returns what `vcgencmd pmic_read_adc` prints; raises OSError.
    """

    name = "pi5-pmic"
    boundary = "pmic-rails"
    fastest_period_s = 0.1  # a reading takes the firmware about 23 ms

    def __init__(self, ask: Callable[[], str] | None = None) -> None:
        self._ask = ask or _ask
        self._sum_w = 0.0
        self._count = 0
        self.details = {}

    def open(self) -> None:
        """Read once to see whether there is such a chip; raises UserError."""
        try:
            answer = self._ask()
        except OSError as error:
            raise UserError(
                f"meter pi5-pmic: 'vcgencmd pmic_read_adc' can't be run ({error}); run as a member of the group video"
            ) from None
        rails = sorted(_rails(answer))
        if not rails:
            raise UserError(
                f"meter pi5-pmic: the firmware answers '{answer.strip().splitlines()[0] if answer.strip() else ''}' "
                "and no rails; only a Raspberry Pi 5 has this chip: choose another --meter"
            )
        self.details = {
            "rails": rails,
            "board_estimate": {
                "label": "estimate of the board's input from one published fit on one board, not a measurement",
                "slope": _BOARD_SLOPE,
                "offset_w": _BOARD_OFFSET_W,
                "mean_w": None,
            },
            "cannot_see": "the 5 V branch: USB devices, HDMI, the fan; what the chip itself and the supply lose",
        }

    def read(self) -> Reading:
        """Return the rails' power together, and the 5 V input's voltage; raises OSError where nobody answers."""
        answer = self._ask()
        rails = _rails(answer)
        if not rails:
            raise OSError("vcgencmd names no rails")
        watts = sum(volts * amps for volts, amps in rails.values())
        if math.isfinite(watts):
            self._sum_w, self._count = self._sum_w + watts, self._count + 1
            mean_w = _BOARD_SLOPE * self._sum_w / self._count + _BOARD_OFFSET_W
            self.details["board_estimate"]["mean_w"] = round(mean_w, 4)
        return Reading(watts, _values(answer).get(("EXT5V", "V")))

    def close(self) -> None:
        """Do nothing."""


def unusable() -> str | None:
    """Return why the chip can't be asked here; None if it can."""
    if shutil.which(_COMMAND[0]) is None:
        return "there is no vcgencmd here"
    try:
        Pi5Pmic().open()
    except UserError as error:
        return str(error).partition(": ")[2]
    return None


def create() -> Pi5Pmic:
    """Return the Raspberry Pi 5's own meter."""
    return Pi5Pmic()


def _ask() -> str:
    try:
        done = subprocess.run(_COMMAND, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        raise OSError("there is no vcgencmd here") from None
    except subprocess.TimeoutExpired:
        raise OSError(f"no answer within {_TIMEOUT_S:g} s") from None
    if done.returncode != 0:
        raise OSError((done.stderr or done.stdout).strip().partition("\n")[0] or f"exit code {done.returncode}")
    return done.stdout


def _rails(answer: str) -> dict[str, tuple[float, float]]:
    """Return volts and amperes of every rail that has both; by name, for the numbers differ between the two lists."""
    values = _values(answer)
    return {
        rail: (values[rail, "V"], amps)
        for (rail, kind), amps in values.items()
        if kind == "A" and (rail, "V") in values
    }


def _values(answer: str) -> dict[tuple[str, str], float]:
    return {(rail, kind): _number(text) for rail, kind, text in _LINE.findall(answer)}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
