from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.board.simulated.physics import KINDS, TIME_CONSTANT_S, BoardKind, Physics
from bench.board.throttled import SEEN, Throttled

REFERENCE = Path(__file__).parents[4] / "results/reference/mlperf_pi4.csv"
"""Derived from MLPerf Inference's published logs of a Raspberry Pi 4."""

LONG_S = 40 * TIME_CONSTANT_S


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> BoardKind:
    return KINDS[request.param]


def settled(kind: BoardKind, load: float, ambient_c: float = 25.0, seconds: float = LONG_S) -> Physics:
    physics = Physics(kind, ambient_c)
    for _ in range(round(seconds)):
        physics.advance(1.0, load, busy=load > 0)
    return physics


def test_an_idle_board_stays_as_it_began(kind: BoardKind) -> None:
    physics = settled(kind, load=0)
    assert physics.power_w == kind.idle_w
    assert physics.temp_c == pytest.approx(25 + kind.resistance_c_per_w * kind.idle_w)
    assert (physics.arm_mhz, physics.throttled) == (kind.min_mhz, 0)


@pytest.mark.parametrize("load", [0.25, 0.5, 1.0])
def test_steady_power_and_temperature_follow_the_formula(kind: BoardKind, load: float) -> None:
    physics = settled(kind, load)
    power_w = kind.idle_w + (kind.full_w - kind.idle_w) * load
    assert physics.power_w == pytest.approx(power_w)
    assert physics.temp_c == pytest.approx(25 + kind.resistance_c_per_w * power_w)
    assert (physics.arm_mhz, physics.throttled) == (kind.max_mhz, 0)


def test_full_load_draws_the_published_power_at_first() -> None:
    physics = Physics(KINDS["pi4"], 25.0)
    physics.advance(0.1, 1.0, busy=True)
    assert physics.power_w == pytest.approx(6.4)


def test_after_one_time_constant_63_percent_of_the_way_is_done(kind: BoardKind) -> None:
    physics = Physics(kind, 25.0)
    rise = kind.resistance_c_per_w * (kind.full_w - kind.idle_w) * 0.5
    began_c = physics.temp_c
    physics.advance(TIME_CONSTANT_S, 0.5, busy=True)
    assert physics.temp_c - began_c == pytest.approx(rise * (1 - math.exp(-1)))


def test_the_path_does_not_depend_on_the_length_of_the_steps() -> None:
    one, many = Physics(KINDS["pi4"], 25.0), Physics(KINDS["pi4"], 25.0)
    one.advance(30.0, 0.5, busy=True)
    for _ in range(300):
        many.advance(0.1, 0.5, busy=True)
    assert many.temp_c == pytest.approx(one.temp_c)


def test_a_hot_board_settles_where_its_clock_and_its_temperature_agree() -> None:
    kind = KINDS["pi4"]
    physics = settled(kind, load=1.0, ambient_c=50.0)
    # T = 50 + 6 P, P = 2.7 + 3.7 f / 1500, f = 1500 - 900 (T - 80) / 5: three equations, T = 82.3 °C.
    share = (50 + 6 * 6.4 - 80) / (5 + 6 * 3.7 * 900 / 1500)
    assert physics.temp_c == pytest.approx(80 + 5 * share)
    assert physics.arm_mhz == pytest.approx(1500 - 900 * share, rel=1e-4)
    assert physics.power_w == pytest.approx(2.7 + 3.7 * (1500 - 900 * share) / 1500, rel=1e-4)
    assert physics.throttled == Throttled.CAPPED | Throttled.SEEN_CAPPED


def test_above_85_degrees_the_clock_is_at_its_lowest_and_the_bit_is_set() -> None:
    physics = settled(KINDS["pi3"], load=1.0, ambient_c=70.0)
    assert physics.temp_c > 85
    assert physics.arm_mhz == 600
    assert physics.throttled == 0x60006


def test_under_voltage_lowers_the_clock_and_its_bit_is_remembered() -> None:
    physics = Physics(KINDS["pi4"], 25.0)
    physics.advance(0.1, 1.0, busy=True, forced=Throttled.UNDER_VOLTAGE | Throttled.THROTTLED)
    assert (physics.throttled, physics.arm_mhz) == (0x50005, 600)
    physics.advance(0.1, 1.0, busy=True)
    assert (physics.throttled, physics.arm_mhz) == (0x50000, 1500)


@given(
    name=st.sampled_from(sorted(KINDS)),
    steps=st.lists(st.tuples(st.floats(0.01, 1000), st.floats(0, 1), st.booleans()), min_size=1, max_size=30),
)
def test_no_history_takes_power_temperature_or_clock_out_of_their_bounds(
    name: str, steps: list[tuple[float, float, bool]]
) -> None:
    kind, slack = KINDS[name], 1e-9
    physics = Physics(kind, 25.0)
    for seconds, load, busy in steps:
        before = physics.throttled
        physics.advance(seconds, load, busy)
        assert kind.idle_w <= physics.power_w <= kind.full_w + slack
        lowest, highest = (25 + kind.resistance_c_per_w * watts for watts in (kind.idle_w, kind.full_w))
        assert lowest - slack <= physics.temp_c <= highest + slack
        assert kind.min_mhz <= physics.arm_mhz <= kind.max_mhz
        assert physics.throttled & SEEN & before == before & SEEN, "a boot forgets nothing"


PUBLISHED_W = {
    # pidramble.com's benchmarks; the idle and loaded range that others saw of a Pi 3.
    "pi3": ((1.3, 2.0), (3.0, 6.0)),
    # pidramble.com: 2.7 W idle, 6.4 W with all cores busy; chipwired.com: 2.2 and 5.4 W at the USB supply.
    "pi4": ((2.2, 2.7), (5.1, 6.4)),
}


@pytest.mark.parametrize("name", PUBLISHED_W)
def test_idle_and_loaded_power_lie_within_what_was_published(name: str) -> None:
    idle_w, full_w = (settled(KINDS[name], load).power_w for load in (0.0, 1.0))
    (idle_low, idle_high), (full_low, full_high) = PUBLISHED_W[name]
    assert idle_low <= idle_w <= idle_high
    assert full_low <= full_w <= full_high + 1e-9


def test_a_loaded_pi_4_takes_what_neural_networks_took_of_one_at_the_wall_less_its_supply_s_loss() -> None:
    with REFERENCE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    at_the_wall = [float(row["power_w_wall"]) for row in rows]
    low, high = min(at_the_wall), max(at_the_wall)
    # A 15 W supply loses 10 to 20 % of what it takes at this load.
    assert 0.8 * low < settled(KINDS["pi4"], 1.0).power_w < 0.95 * high


def test_something_else_can_heat_the_processor_and_never_cools_it() -> None:
    physics = Physics(KINDS["pi4"], 25.0)
    physics.advance(1.0, 0.0, busy=True, heated_c=82.5)
    assert physics.temp_c == 82.5
    physics.advance(1.0, 1.0, busy=True, heated_c=82.5)
    assert physics.arm_mhz == pytest.approx(1500 - 900 * 0.5)
    warm = settled(KINDS["pi4"], 1.0).temp_c
    physics = Physics(KINDS["pi4"], 25.0)
    for _ in range(round(LONG_S)):
        physics.advance(1.0, 1.0, busy=True, heated_c=30.0)
    assert physics.temp_c == pytest.approx(warm)
