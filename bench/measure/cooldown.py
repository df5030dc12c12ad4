"""The gate before a repetition: every one begins with the board as cool as the first, or at least not hot."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

MARGIN_C = 2.0
"""A board this near to the temperature it began with counts as cool."""

HOT_C, COOL_C = 70.0, 60.0
"""The firmware lowers the clock from 80 °C on: a board this near to that would not hold it for the few dozen images
that the paper's rule for its hot cell needs; from the lower one it does."""

LIMIT_S = 600.0
HOT_LIMIT_S = 180.0
POLL_S = 1.0


class CoolDown:
    """Waits until the board is back at its starting temperature.

    Parameters
    ----------
    start_c : float or None
        The temperature to come back to, in °C; None where the board tells none: then nobody waits.
    temperature : callable
        Returns the present temperature in °C, or None.
    say, event : callable
        Show the user a sentence, and how far the waiting is.
    """

    def __init__(
        self,
        start_c: float | None,
        temperature: Callable[[], float | None],
        say: Callable[[str], None],
        event: Callable[[dict[str, Any]], None],
    ) -> None:
        self._start_c = start_c
        self._temperature = temperature
        self._say = say
        self._event = event

    def wait(self) -> None:
        """Wait, at most ten minutes; what the board can't reach in that time is not asked of it again."""
        temp_c = self._temperature()
        if self._start_c is not None and temp_c is not None:
            self._wait(temp_c, self._start_c + MARGIN_C, LIMIT_S)

    def wait_if_hot(self) -> None:
        """Wait likewise, but only where the board is hot, only until it no longer is, and at most three minutes."""
        temp_c = self._temperature()
        if self._start_c is not None and temp_c is not None and temp_c >= HOT_C:
            self._wait(temp_c, max(self._start_c + MARGIN_C, COOL_C), HOT_LIMIT_S)

    def _wait(self, now_c: float, target_c: float, limit_s: float) -> None:
        if now_c <= target_c:
            return
        self._say(f"cooling down from {now_c:.0f} to {target_c:.0f} °C, at most {limit_s:.0f} s")
        began = time.monotonic()
        temp_c: float | None = now_c
        while temp_c is not None and temp_c > target_c:
            waited_s = time.monotonic() - began
            if waited_s >= limit_s:
                self._start_c = temp_c
                self._say(
                    f"still {temp_c:.0f} °C after {limit_s:.0f} s: measuring all the same, and from now on that "
                    "counts as cool; better cooling would make the repetitions alike"
                )
                return
            step = f"cooling down to {target_c:.0f} °C, now {temp_c:.0f} °C"
            self._event({"enter": step, "done": round(waited_s), "total": round(limit_s), "unit": "s"})
            time.sleep(POLL_S)
            temp_c = self._temperature()
