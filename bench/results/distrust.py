"""What to distrust in a meter."""

from __future__ import annotations

from collections.abc import Iterable

from bench.power.plausible import DEAD_W
from bench.power.samples.read import Sampling
from bench.records.columns import Row
from bench.records.notes import Note
from bench.records.notes.power import DeadMeter, FrozenMeter, ImplausibleIdle, UnusedReadings
from bench.records.run import Board

PLAUSIBLE_IDLE_W = (0.5, 8.0)
"""A Raspberry Pi 3 idles at 1.3 to 2 W, a Pi 4 at 2.7 W (pidramble.com's power benchmarks); what a shunt value ten
times too large or too small makes of that lies beyond."""

MAX_UNUSED = 0.01
"""Share of readings not used that needs no word: every meter stumbles now and then."""

MAX_UNCHANGED_S = 30.0
"""Seconds for which a working meter may show the same numbers: the last digits of a board's power never rest."""


def implausible_idle(board: Board, rows: Iterable[Row], samplings: Iterable[Sampling]) -> list[ImplausibleIdle]:
    """Return a note for each meter whose idle power no Raspberry Pi can have: a wrong shunt value, most likely."""
    if not board.model.startswith("Raspberry Pi"):
        return []
    found: dict[str, float] = {}
    for row in rows:
        idle_w = row.power_w_idle
        if row.boundary in ("usb-input", "wall") and idle_w is not None and not _is_plausible(idle_w):
            found.setdefault(str(row.meter), idle_w)
    shunts = {s.record.meter: s.record.details.get("shunt_ohm") for s in samplings if s.record is not None}
    return [
        ImplausibleIdle(meter=meter, power_w_idle=watts, plausible_w=PLAUSIBLE_IDLE_W, shunt_ohm=shunts.get(meter))
        for meter, watts in found.items()
    ]


def dead_meters(rows: Iterable[Row]) -> list[DeadMeter]:
    """Return a note for each meter that showed nothing in a cell."""
    found = {
        str(row.meter): row.power_w_max for row in rows if row.power_w_max is not None and row.power_w_max < DEAD_W
    }
    return [DeadMeter(meter=meter, power_w_max=watts) for meter, watts in found.items()]


def doubtful_readings(samplings: Iterable[Sampling]) -> list[Note]:
    """Return a note for each meter that vanished, that seems frozen, or of whose readings over 1 % were not used."""
    notes: list[Note] = []
    for record in (sampling.record for sampling in samplings if sampling.record is not None):
        unused = record.invalid + record.stale
        if record.outages or unused > MAX_UNUSED * (record.samples + unused):
            notes.append(
                UnusedReadings(
                    meter=record.meter,
                    unused=unused,
                    outages=record.outages,
                    unanswered=record.unanswered,
                    stale=record.stale,
                    not_a_number=record.not_a_number,
                    negative=record.negative,
                    backwards=record.backwards,
                )
            )
        if record.longest_unchanged_s > MAX_UNCHANGED_S and record.boundary != "simulated":
            notes.append(FrozenMeter(meter=record.meter, unchanged_s=record.longest_unchanged_s))
    return notes


def _is_plausible(idle_w: float) -> bool:
    low, high = PLAUSIBLE_IDLE_W
    return low <= idle_w <= high
