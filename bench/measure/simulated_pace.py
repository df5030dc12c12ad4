"""Speeds on a simulated board: this computer's, slowed down as the board's clock falls."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.board.simulated.board import CLOCK_FILE
from bench.board.sysfs import read_value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bench.frameworks import Session

LOOK_NS = 100_000_000
"""The simulated board moves its numbers ten times a second."""


class Slowed:
    """A session that takes as much longer as the simulated clock is below its highest.

    Parameters
    ----------
    board : Path
        The simulated board's tree; while no sampler keeps one there, nothing is slowed.
    max_mhz : float
        Its highest clock.
    """

    def __init__(self, session: Session, board: Path, max_mhz: float) -> None:
        self._session = session
        self._clock = board / CLOCK_FILE
        self._max_khz = max_mhz * 1000
        self._factor = 1.0
        self._looked_ns = 0
        self._ended_ns = time.perf_counter_ns()

    def infer(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Infer, and be as long again as the clock asks for; preprocessing, which came before, is stretched too."""
        result = self._session.infer(x)
        now_ns = time.perf_counter_ns()
        if now_ns - self._looked_ns > LOOK_NS:
            self._looked_ns = now_ns
            kilohertz = read_value(self._clock)
            self._factor = self._max_khz / int(kilohertz) if kilohertz else 1.0
        until_ns = now_ns + round((now_ns - self._ended_ns) * (self._factor - 1))
        while time.perf_counter_ns() < until_ns:
            pass  # a slower processor is as busy: were this a sleep, the board's governor would take it for idle
        self._ended_ns = time.perf_counter_ns()
        return result
