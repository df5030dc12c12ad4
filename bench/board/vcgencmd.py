"""Asking a Raspberry Pi's firmware through its own program, `vcgencmd`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

PROGRAM = Path("usr/bin/vcgencmd")
"""Where Raspberry Pi OS has it, below the root of the file system."""

_TIMEOUT_S = 2.0


class Vcgencmd:
    """The firmware's answers, as numbers.

    Parameters
    ----------
    root : Path
        The root of the file system that holds the program.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._program = root / PROGRAM

    def answers(self) -> bool:
        """Tell whether the program is there and this user may ask the firmware."""
        return self.throttled() is not None

    def throttled(self) -> int | None:
        """Return the bit field of under-voltage and throttling (`throttled=0x50000`)."""
        found = self._ask(r"throttled=(0x[0-9a-f]+)", "get_throttled")
        return None if found is None else int(found, 16)

    def arm_mhz(self) -> float | None:
        """Return the measured clock of the processor in MHz (`frequency(48)=1500000000`; the index differs)."""
        found = self._ask(r"frequency\(\d+\)=(\d+)", "measure_clock", "arm")
        return None if found is None else int(found) / 1e6

    def temp_c(self) -> float | None:
        """Return the processor's temperature in °C (`temp=39.5'C`)."""
        found = self._ask(r"temp=(-?\d+(?:\.\d+)?)'C", "measure_temp")
        return None if found is None else float(found)

    def _ask(self, form: str, *question: str) -> str | None:
        # Its errors ("VCHI initialization failed", "Can't open device file: /dev/vcio") are no answer, whatever its
        # exit code.
        try:
            asked = subprocess.run(
                [str(self._program), *question], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        found = re.fullmatch(form, asked.stdout.strip())
        return found[1] if found else None
