"""What a user asks for in words: limits, goals, shares."""

from __future__ import annotations

import math

from bench.decide.goal import Goal
from bench.decide.quantities import QUANTITIES
from bench.decide.recommend import Limit
from bench.errors import UserError

_HEAVIEST = 100


def share(text: str, option: str) -> float:
    """Read a share: `60%` or `0.6`; raises UserError for anything else."""
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1:
        raise UserError(f"{option} takes a share like 60% or 0.6, not '{text}'")
    return value


def limits_of(
    min_fps: float | None,
    max_watts: float | None,
    max_joules: float | None,
    min_top1: str,
    max_memory: float | None,
    max_p95: float | None,
) -> list[Limit]:
    """Return the limits that were given.

    Parameters
    ----------
    min_fps, max_watts, max_joules, max_memory, max_p95 : float
        Images per second, watts, joules per image, MiB, milliseconds.
    min_top1 : str
        A share.

    Raises
    ------
    UserError
        If one is no number above zero.
    """
    asked = {
        "throughput": min_fps,
        "power": max_watts,
        "energy": max_joules,
        "top1": share(min_top1, "--min-top1") if min_top1 else None,
        "memory": max_memory,
        "p95": max_p95,
    }
    for name, bound in asked.items():
        if bound is not None and not (math.isfinite(bound) and bound > 0):
            raise UserError(
                f"a limit of {bound:g} on {QUANTITIES[name].title} makes no sense; give a number above zero"
            )
    return [Limit(QUANTITIES[name], bound) for name, bound in asked.items() if bound is not None]


def goal_of(text: str) -> Goal:
    """Read a goal: a quantity's name, or several with weights (`top1=2,throughput=1`).

    Raises
    ------
    UserError
        If a name is unknown or comes twice, or a weight is no number above zero, or too large a one.
    """
    weights = {}
    for item in text.split(","):
        name, _, weight = (part.strip() for part in item.partition("="))
        if name not in QUANTITIES:
            raise UserError(f"--goal knows no '{name}'; it knows {', '.join(QUANTITIES)}")
        if name in weights:
            raise UserError(f"--goal has {name} twice; give it one weight, as in {name}=2")
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            weights[name] = math.nan
        if weights[name] > _HEAVIEST:
            raise UserError(f"--goal: the weight '{weight}' of {name} is above {_HEAVIEST}; only their ratios count")
        if not weights[name] > 0:
            raise UserError(f"--goal: the weight '{weight}' of {name} is no number above zero, as in {name}=2")
    return Goal(tuple((QUANTITIES[name], weight) for name, weight in weights.items()))


def slower_than(text: str) -> float:
    """Read `slower=5%`, the one condition of a comparison; raises UserError for anything else."""
    name, _, value = text.partition("=")
    if name.strip() != "slower":
        raise UserError(f"--fail-if takes slower=SHARE, as in slower=5%, not '{text}'")
    return share(value.strip(), "--fail-if")
