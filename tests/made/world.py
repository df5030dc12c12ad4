"""A simulated board whose time only the test moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.board.simulated.board import CLOCK_FILE, SimulatedBoard, parse_spec
from bench.board.sysfs import read_value
from tests.made.records import SECOND

BEGAN_S = 1000
"""When the sampler begins."""


class World:
    """Stands for `time` and for a session on a Raspberry Pi 4; a look at the clock takes 10 µs, a tick 0.1 s.

    Parameters
    ----------
    image_s : callable
        Seconds that the next image takes at the highest clock.

    Attributes
    ----------
    ns
        The moment.
    lines
        What a sampler writes.
    """

    def __init__(self, root: Path, play: str, image_s: Callable[[], float]) -> None:
        self.ns = BEGAN_S * SECOND
        spec = parse_spec(f"simulated:pi4,play={play}")
        assert spec is not None
        self.board = SimulatedBoard(root, spec, clock=lambda: self.ns / SECOND, utilisation=lambda: 0.5)
        self.files = [root / "sys/class/thermal/thermal_zone0/temp", root / CLOCK_FILE]
        self.lines: list[str] = []
        self._image_s = image_s
        self._next_ns = self.ns

    def perf_counter_ns(self) -> int:
        self.pass_ns(10_000)
        return self.ns

    def infer(self, x: np.ndarray) -> np.ndarray:
        self.pass_ns(round(self._image_s() * SECOND))
        return x

    def pass_ns(self, passed_ns: int) -> None:
        self.ns += passed_ns
        while self._next_ns <= self.ns:
            self.board.tick()
            degrees, megahertz = (int(read_value(file) or 0) / 1000 for file in self.files)
            self.lines.append(f"{self._next_ns},4,,,{degrees},{megahertz},0x0")
            self._next_ns += SECOND // 10
