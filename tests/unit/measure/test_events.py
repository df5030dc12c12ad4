from __future__ import annotations

import json
import os
import time
from typing import Any, Callable

import pytest

from bench.measure import events
from bench.measure.events import Events
from bench.measure.job import HEARTBEAT_S


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def monotonic(self) -> float:
        return self.now_s

    def monotonic_ns(self) -> int:
        return round(self.now_s * 1e9)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], list[float]]:
    """Return what the supervisor hears of a wait: at which second each sign of life comes."""

    def wait(seconds: float, heartbeat_s: float) -> list[float]:
        clock = FakeClock()
        monkeypatch.setattr(events, "time", clock)
        reader, writer = os.pipe()
        told = Events(writer)
        told.heartbeat_s = heartbeat_s
        moments: list[float] = []
        send = told.send
        monkeypatch.setattr(told, "send", lambda **event: (moments.append(clock.now_s - 100), send(**event)))
        told.wait(seconds)
        assert clock.now_s - 100 == pytest.approx(seconds)
        told._file.close()
        with os.fdopen(reader) as file:
            assert all(json.loads(line)["total"] == round(seconds) for line in file)
        return moments

    return wait


@pytest.mark.parametrize(("seconds", "timeout_s"), [(5, 3), (30, 1), (10, 300)])
def test_waiting_is_a_sign_of_life(
    heard: Callable[[float, float], list[float]], seconds: float, timeout_s: float
) -> None:
    heartbeat_s = min(HEARTBEAT_S, timeout_s / 4)
    moments = [0.0, *heard(seconds, heartbeat_s), seconds]
    assert max(later - former for former, later in zip(moments, moments[1:])) < max(timeout_s, heartbeat_s * 2.01)
    assert len(moments) > seconds / heartbeat_s / 2


def test_a_short_wait_says_nothing(heard: Callable[[float, float], list[float]]) -> None:
    assert heard(0, 1) == []


def alive(seconds: float, until: Callable[[Any], object]) -> list[dict[str, Any]]:
    """Return the signs of life given during a block that ends when `until` does."""
    reader, writer = os.pipe()
    told = Events(writer)
    told.heartbeat_s = 0.01
    with os.fdopen(reader) as file:
        with told.alive(seconds):
            first = until(file)
        told._file.close()
        return [json.loads(line) for line in [*([first] if first else []), *file]]


def test_a_conversion_shows_that_it_lives() -> None:
    assert alive(60, lambda file: file.readline())[0] == {"done": 0, "total": 60, "unit": "s"}


def test_a_conversion_that_takes_too_long_shows_nothing_more() -> None:
    assert alive(0, lambda _: time.sleep(0.05)) == []
