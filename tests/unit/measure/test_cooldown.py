from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bench.measure import cooldown
from bench.measure.cooldown import CoolDown


class Gate:
    """A gate before a board that shows the given temperatures, on a clock of its own."""

    def __init__(self, start_c: float | None, temperatures: Iterable[float | None]) -> None:
        self.moment = 0.0
        self.said: list[str] = []
        self.events: list[dict[str, Any]] = []
        shown = iter(temperatures)
        self.gate = CoolDown(start_c, lambda: next(shown), self.said.append, self.events.append)

    def sleep(self, seconds: float) -> None:
        self.moment += seconds


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Gate]:
    def make(start_c: float | None, temperatures: Iterable[float | None]) -> Gate:
        made = Gate(start_c, temperatures)
        monkeypatch.setattr(cooldown.time, "monotonic", lambda: made.moment)
        monkeypatch.setattr(cooldown.time, "sleep", made.sleep)
        return made

    return make


def test_a_cool_board_goes_straight_on(gate: Callable[..., Gate]) -> None:
    made = gate(50.0, [52.0])
    made.gate.wait()
    assert (made.moment, made.said, made.events) == (0, [], [])


def test_a_hot_board_waits_until_it_is_two_degrees_from_where_it_began(gate: Callable[..., Gate]) -> None:
    made = gate(50.0, [60.0, 56.0, 52.1, 51.9])
    made.gate.wait()
    assert made.moment == 3
    assert made.said == ["cooling down from 60 to 52 °C, at most 600 s"]


def test_the_waiting_is_shown(gate: Callable[..., Gate]) -> None:
    made = gate(50.0, [60.0, 56.0, 51.0])
    made.gate.wait()
    assert made.events == [
        {"enter": "cooling down to 52 °C, now 60 °C", "done": 0, "total": 600, "unit": "s"},
        {"enter": "cooling down to 52 °C, now 56 °C", "done": 1, "total": 600, "unit": "s"},
    ]


def test_a_board_that_stays_hot_is_measured_after_ten_minutes_and_not_waited_for_again(
    gate: Callable[..., Gate],
) -> None:
    made = gate(50.0, [57.0] * 1000)
    made.gate.wait()
    assert made.moment == 600
    assert made.said[-1].startswith("still 57 °C after 600 s: measuring all the same, and from now on that counts")
    made.gate.wait()
    assert made.moment == 600


def test_a_hot_board_waits_until_it_is_no_longer_hot_and_a_warm_one_does_not(gate: Callable[..., Gate]) -> None:
    warm = gate(45.0, [69.9])
    warm.gate.wait_if_hot()
    assert (warm.moment, warm.said) == (0, [])
    hot = gate(45.0, [70.0, 65.0, 60.0])
    hot.gate.wait_if_hot()
    assert hot.moment == 2
    assert hot.said == ["cooling down from 70 to 60 °C, at most 180 s"]


def test_a_board_in_the_heat_is_not_to_become_cooler_than_it_began(gate: Callable[..., Gate]) -> None:
    made = gate(64.0, [71.0, 68.0, 66.0])
    made.gate.wait_if_hot()
    assert made.moment == 2


def test_a_board_that_stays_hot_is_measured_after_three_minutes(gate: Callable[..., Gate]) -> None:
    made = gate(45.0, [75.0] * 1000)
    made.gate.wait_if_hot()
    made.gate.wait_if_hot()
    assert made.moment == 180


@pytest.mark.parametrize(("start_c", "temperatures"), [(None, [60.0]), (50.0, [None]), (50.0, [60.0, None])])
def test_a_board_without_a_temperature_is_not_waited_for(
    gate: Callable[..., Gate], start_c: float | None, temperatures: list[float | None]
) -> None:
    made = gate(start_c, temperatures)
    made.gate.wait()
    assert made.moment <= 1
