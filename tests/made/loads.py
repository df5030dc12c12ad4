"""Loads whose energy is known in closed form, and a clock that only tests move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Load:
    """A power over time.

    Attributes
    ----------
    watts, joules
        Power at a moment in seconds, and energy from 0 s up to it.
    """

    name: str
    watts: Callable[[float], float]
    joules: Callable[[float], float]

    def mean(self, begin_s: float, end_s: float) -> float:
        return (self.joules(end_s) - self.joules(begin_s)) / (end_s - begin_s)


def step() -> Load:
    return Load(
        "step",
        lambda seconds: 6.0 if 20 <= seconds < 40 else 2.0,
        lambda seconds: 2.0 * seconds + 4.0 * min(max(seconds - 20, 0), 20),
    )


def ramp() -> Load:
    return Load("ramp", lambda seconds: 2.0 + seconds / 15, lambda seconds: 2.0 * seconds + seconds**2 / 30)


def sine(hertz: float) -> Load:
    omega = 2 * math.pi * hertz
    return Load(
        f"sine of {hertz:g} Hz",
        lambda seconds: 4.0 + 2.0 * math.sin(omega * seconds + 1),
        lambda seconds: 4.0 * seconds + 2.0 / omega * (math.cos(1) - math.cos(omega * seconds + 1)),
    )


def square(hertz: float) -> Load:
    """6 W in the first half of each period and 2 W in the second, the first period having begun a bit earlier."""
    early = 0.159

    def joules(periods: float) -> float:
        whole, part = divmod(periods, 1)
        return (4.0 * whole + 6.0 * min(part, 0.5) + 2.0 * max(part - 0.5, 0)) / hertz

    return Load(
        f"square of {hertz:g} Hz",
        lambda seconds: 6.0 if (seconds * hertz + early) % 1 < 0.5 else 2.0,
        lambda seconds: joules(seconds * hertz + early) - joules(early),
    )


class World:
    """A clock that passes only by sleeping, and what happens as it does.

    Attributes
    ----------
    ns
        CLOCK_MONOTONIC in nanoseconds; the world begins at 5 s.
    """

    def __init__(self, load: Load) -> None:
        self.load = load
        self.ns = 5 * SECOND_NS
        self.passing: list[Callable[[], None]] = []

    @property
    def seconds(self) -> float:
        """Seconds since the world began."""
        return self.ns / SECOND_NS - 5

    def now_ns(self) -> int:
        return self.ns

    def calendar_ns(self) -> int:
        return self.ns + 1_700_000_000 * SECOND_NS

    def sleep(self, seconds: float) -> None:
        self.ns += max(round(seconds * SECOND_NS), 1)
        for happen in self.passing:
            happen()
