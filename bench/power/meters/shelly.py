"""Shelly's plugs and meters, of every generation."""

from __future__ import annotations

from typing import Any

from bench.power.meter import Reading
from bench.power.plug import PlugMeter, Request, optional, total


def _component(answer: Any, power: str = "apower") -> Reading:
    """Return what a component of generation 2 or later says."""
    return Reading(total(answer[power]), optional(answer, "voltage"), optional(answer, "current"))


def _single_phase_meter(answer: Any) -> Reading:
    return _component(answer, "act_power")


def _three_phase_meter(answer: Any) -> Reading:
    return Reading(total(answer["total_act_power"]))


def _first_generation(answer: Any) -> Reading:
    if "total_power" in answer:  # of a three-phase meter
        return Reading(total(answer["total_power"]))
    meter = (answer.get("meters") or answer["emeters"])[0]
    if meter.get("is_valid") is False:
        raise ValueError("the plug calls its own reading invalid")
    return Reading(total(meter["power"]), optional(meter, "voltage"), optional(meter, "current"))


class Shelly(PlugMeter):
    """A Shelly's first switch, or its first meter."""

    name = "shelly"
    requests = (
        Request("/rpc/Switch.GetStatus?id=0", _component),
        Request("/rpc/PM1.GetStatus?id=0", _component),
        Request("/rpc/EM1.GetStatus?id=0", _single_phase_meter),
        Request("/rpc/EM.GetStatus?id=0", _three_phase_meter),
        Request("/status", _first_generation),
    )

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.details["resolution_w"] = 0.1


def unusable() -> None:
    """Return None: whether there is a plug shows when it is named."""


def create(host: str = "") -> Shelly:
    """Return the plug at `host` (`192.168.1.20`)."""
    return Shelly(host)
