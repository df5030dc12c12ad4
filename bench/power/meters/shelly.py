"""Shelly's plugs of the second generation and later."""

from __future__ import annotations

from typing import Any

from bench.power.meter import Reading
from bench.power.plug import PlugMeter


class Shelly(PlugMeter):
    """A Shelly plug's first switch."""

    name = "shelly"
    path = "/rpc/Switch.GetStatus?id=0"

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.details["resolution_w"] = 0.1

    def reading(self, answer: Any) -> Reading:
        """Return active power, voltage and current."""
        return Reading(float(answer["apower"]), float(answer["voltage"]), float(answer["current"]))


def unusable() -> None:
    """Return None: whether there is a plug shows when it is named."""


def create(host: str = "") -> Shelly:
    """Return the plug at `host` (`192.168.1.20`)."""
    return Shelly(host)
