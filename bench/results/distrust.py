"""What to distrust in a meter, in words for the reader of the results."""

from __future__ import annotations

from collections.abc import Iterable

from bench.power.samples.read import Sampling
from bench.records.columns import Row
from bench.records.schema import Board

PLAUSIBLE_IDLE_W = (0.5, 8.0)
"""A Raspberry Pi 3 idles at 1.3 to 2 W, a Pi 4 at 2.7 W (pidramble.com's power benchmarks); what a shunt value ten
times too large or too small makes of that lies beyond."""

MAX_UNUSED = 0.01
"""Share of readings not used that needs no word: every meter stumbles now and then."""

MAX_UNCHANGED_S = 30.0
"""Seconds for which a working meter may show the same numbers: the last digits of a board's power never rest."""


def implausible_idle(board: Board, rows: Iterable[Row], samplings: Iterable[Sampling]) -> list[str]:
    """Return a warning for each meter whose idle power no Raspberry Pi can have: a wrong shunt value, most likely."""
    if not board.model.startswith("Raspberry Pi"):
        return []
    low, high = PLAUSIBLE_IDLE_W
    found: dict[str, float] = {}
    for row in rows:
        idle_w = row.power_w_idle
        if row.boundary in ("usb-input", "wall") and idle_w is not None and not low <= idle_w <= high:
            found.setdefault(str(row.meter), idle_w)
    shunts = {s.record.meter: s.record.details.get("shunt_ohm") for s in samplings if s.record is not None}
    return [
        f"idle power of {watts:.2f} W by meter {meter} is implausible, a Raspberry Pi takes {low:g} to {high:g} W: "
        f"{_what_to_check(shunts.get(meter))}, and measure again"
        for meter, watts in found.items()
    ]


def doubtful_readings(samplings: Iterable[Sampling]) -> list[str]:
    """Return a warning for each meter that vanished, that seems frozen, or of whose readings over 1 % were not used."""
    warnings = []
    for record in (sampling.record for sampling in samplings if sampling.record is not None):
        unused = record.invalid + record.stale
        if record.outages or unused > MAX_UNUSED * (record.samples + unused):
            outages = f"{record.outages} time{'s' if record.outages > 1 else ''}"
            reasons = {
                f"it vanished {outages}": record.outages,
                f"{record.unanswered} without an answer": record.unanswered,
                f"{record.stale} stale": record.stale,
                f"{record.not_a_number} not a number": record.not_a_number,
                f"{record.negative} negative": record.negative,
                f"{record.backwards} back in time": record.backwards,
            }
            told = ", ".join(reason for reason, count in reasons.items() if count)
            warnings.append(f"meter {record.meter}: {unused} readings were not used ({told}); check its connection")
        if record.longest_unchanged_s > MAX_UNCHANGED_S and record.boundary != "simulated":
            warnings.append(
                f"meter {record.meter} showed the same numbers for {record.longest_unchanged_s:.0f} s: it was frozen, "
                "or is too coarse for this board; look at power_w in the samples"
            )
    return warnings


def _what_to_check(shunt_ohm: float | None) -> str:
    if shunt_ohm is None:
        return "check the meter's scale and wiring"
    return f"check that the shunt really has the {shunt_ohm:g} ohm that the meter is told"
