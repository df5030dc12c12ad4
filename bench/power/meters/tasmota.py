"""Plugs with the Tasmota firmware."""

from __future__ import annotations

from typing import Any

from bench.power.meter import Reading
from bench.power.plug import PlugMeter, Request, optional, total


def _sensors(answer: Any) -> Reading:
    """Return active power, over all phases, and where there is one phase and they are told, voltage and current."""
    energy = answer["StatusSNS"]["ENERGY"]
    return Reading(total(energy["Power"]), optional(energy, "Voltage"), optional(energy, "Current"))


class Tasmota(PlugMeter):
    """A Tasmota plug with energy monitoring."""

    name = "tasmota"
    requests = (Request("/cm?cmnd=Status%208", _sensors),)

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.details["resolution_w"] = 1.0  # unless its WattRes is set finer


def unusable() -> None:
    """Return None: whether there is a plug shows when it is named."""


def create(host: str = "") -> Tasmota:
    """Return the plug at `host` (`192.168.1.21`)."""
    return Tasmota(host)
