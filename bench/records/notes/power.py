"""What was wrong with the samples and the meter."""

from __future__ import annotations

from typing import Literal, Optional

from bench.records.notes.kind import NoteKind, names_of


class LostSampler(NoteKind):
    """Samples whose sampler's record can't be read."""

    kind: Literal["lost-sampler"] = "lost-sampler"
    fault: str

    def __str__(self) -> str:
        return f"{self.fault}: without it no window can be matched with its samples"


class UnusedSamples(NoteKind):
    """A samples file that can't be used."""

    kind: Literal["unused-samples"] = "unused-samples"
    file: str
    fault: str

    def __str__(self) -> str:
        return f"{self.file} is not used: {self.fault}"


class UnfinishedLine(NoteKind):
    """Samples whose sampler was killed while it wrote."""

    kind: Literal["unfinished-line"] = "unfinished-line"
    file: str

    def __str__(self) -> str:
        return f"{self.file}: the last line is unfinished and not used"


class ImplausibleSamples(NoteKind):
    """Samples of more watts than the board can take, or of less than none; the first of them."""

    kind: Literal["implausible-samples"] = "implausible-samples"
    file: str
    count: int
    watts: list[float]

    def __str__(self) -> str:
        few = ", ".join(f"{watts:g} W" for watts in self.watts)
        several = f"{self.count} samples say" if self.count > 1 else "one sample says"
        return f"{self.file}: {several} {few}, which this board can't take: left out of power and energy"


class DeadMeter(NoteKind):
    """A meter that showed nothing while something was measured."""

    kind: Literal["dead-meter"] = "dead-meter"
    meter: str
    power_w_max: float

    def __str__(self) -> str:
        return (
            f"meter {self.meter} showed at most {self.power_w_max:.2f} W while networks ran, and no computer takes so "
            "little: check which channel it reads and that its shunt is in the supply line"
        )


class PowerEmpty(NoteKind):
    """Cells beside which power was sampled, and why there is none."""

    kind: Literal["power-empty"] = "power-empty"
    reason: str
    cells: list[str]

    def __str__(self) -> str:
        return f"power is empty: {self.reason} ({names_of(self.cells)})"


class UnusedReadings(NoteKind):
    """A meter that vanished, or of whose readings many were not used: the counts as `SamplerRecord` has them."""

    kind: Literal["unused-readings"] = "unused-readings"
    meter: str
    unused: int
    outages: int
    unanswered: int
    stale: int
    not_a_number: int
    negative: int
    backwards: int

    def __str__(self) -> str:
        reasons = {
            f"it vanished {self.outages} time{'s' if self.outages > 1 else ''}": self.outages,
            f"{self.unanswered} without an answer": self.unanswered,
            f"{self.stale} stale": self.stale,
            f"{self.not_a_number} not a number": self.not_a_number,
            f"{self.negative} negative": self.negative,
            f"{self.backwards} back in time": self.backwards,
        }
        told = ", ".join(reason for reason, count in reasons.items() if count)
        return f"meter {self.meter}: {self.unused} readings were not used ({told}); check its connection"


class FrozenMeter(NoteKind):
    """A meter that showed the same numbers for too long, in seconds."""

    kind: Literal["frozen-meter"] = "frozen-meter"
    meter: str
    unchanged_s: float

    def __str__(self) -> str:
        return (
            f"meter {self.meter} showed the same numbers for {self.unchanged_s:.0f} s: it was frozen, or is too coarse "
            "for this board; look at power_w in the samples"
        )


class ImplausibleIdle(NoteKind):
    """Idle power in watts that no Raspberry Pi has: a wrong shunt value, most likely."""

    kind: Literal["implausible-idle"] = "implausible-idle"
    meter: str
    power_w_idle: float
    plausible_w: tuple[float, float]
    shunt_ohm: Optional[float]

    def __str__(self) -> str:
        low, high = self.plausible_w
        check = (
            "check the meter's scale and wiring"
            if self.shunt_ohm is None
            else f"check that the shunt really has the {self.shunt_ohm:g} ohm that the meter is told"
        )
        return (
            f"idle power of {self.power_w_idle:.2f} W by meter {self.meter} is implausible, a Raspberry Pi takes "
            f"{low:g} to {high:g} W: {check}, and measure again"
        )
