"""What was not steady while it was measured, and what else ran."""

from __future__ import annotations

from typing import Literal, Optional

from bench.records.notes.kind import NoteKind, names_of


class NotSteady(NoteKind):
    """Windows whose last third was slower, or faster, than their first; `cells` name them with the change."""

    kind: Literal["not-steady"] = "not-steady"
    cells: list[str]

    def __str__(self) -> str:
        return f"not steady within a timed window, its last third against its first: {', '.join(self.cells)}"


class TwoModes(NoteKind):
    """A cell whose repetitions fall into two groups, with the mean throughput of both in images per second."""

    kind: Literal["two-modes"] = "two-modes"
    cell: str
    low_fps: float
    high_fps: float
    lows: int
    highs: int

    def __str__(self) -> str:
        return (
            f"{self.cell} has two modes: {self.lows} repetitions at {self.low_fps:.2f} img/s, {self.highs} at "
            f"{self.high_fps:.2f}; its interval can't hold for both"
        )


class Drifting(NoteKind):
    """Cells whose repetitions only rise, or fall."""

    kind: Literal["drifting"] = "drifting"
    cells: list[str]

    def __str__(self) -> str:
        return f"repetition by repetition faster, or slower: {names_of(self.cells)}; the board warms up, or fills up"


class SlowRepetition(NoteKind):
    """A repetition that lags behind the others of its cell, by a share of their throughput."""

    kind: Literal["slow-repetition"] = "slow-repetition"
    cell: str
    repetition: int
    slower: float

    def __str__(self) -> str:
        return f"{self.cell}: repetition {self.repetition} was {self.slower:.0%} slower than the others: what else ran?"


class BusyIdle(NoteKind):
    """Cells whose idle windows were not idle: the largest share of the processor that something else took."""

    kind: Literal["busy-idle"] = "busy-idle"
    load: float
    cells: list[str]

    def __str__(self) -> str:
        return (
            f"something else took up to {self.load:.0%} of the processor in idle windows ({names_of(self.cells)}): "
            "these cells are slower than the board can; stop it and measure again"
        )


class BusyTimed(NoteKind):
    """Cells beside which something else ran while they were timed: the largest share of the processor that it took."""

    kind: Literal["busy-timed"] = "busy-timed"
    load: float
    cells: list[str]

    def __str__(self) -> str:
        return (
            f"something else took up to {self.load:.0%} of the processor while cells were timed "
            f"({names_of(self.cells)}): these are slower than the board can; stop it and measure again"
        )


class IdleLikeLoad(NoteKind):
    """Cells whose idle board took as much power as the working one."""

    kind: Literal["idle-like-load"] = "idle-like-load"
    cells: list[str]

    def __str__(self) -> str:
        return (
            f"idle power equals power under load ({names_of(self.cells)}): something else ran, or the meter does not "
            "see the processor"
        )


class FanPower(NoteKind):
    """A fan cooled the board, and the meter sees it."""

    kind: Literal["fan-power"] = "fan-power"
    cooling: str

    def __str__(self) -> str:
        return f"cooling '{self.cooling}': a fan's watts are part of power, energy and merit"


class RunDrift(NoteKind):
    """What the run's first cell, measured once more at the end, says of the time between: a share of its throughput."""

    kind: Literal["run-drift"] = "run-drift"
    cell: str
    change: float

    def __str__(self) -> str:
        return (
            f"the board drifted by {self.change:+.1%} from the first framework to the last ({self.cell}, measured "
            "again at the end): what frameworks differ by is that much less sure; 'bench up' measures them in turns"
        )


class UnknownDrift(NoteKind):
    """Frameworks ran one after another, and nobody measured how the board drifted meanwhile."""

    kind: Literal["unknown-drift"] = "unknown-drift"

    def __str__(self) -> str:
        return (
            "frameworks ran one after another, and how far the board drifted meanwhile is not known; 'bench up' "
            "measures them in turns where a profile has several repetitions"
        )


class CutShort(NoteKind):
    """A cell whose windows were ended where the clock fell: images that count, and what the clock fell to, in MHz."""

    kind: Literal["cut-short"] = "cut-short"
    cell: str
    images: int
    mhz: float

    def __str__(self) -> str:
        return (
            f"{self.cell}: the clock fell to {self.mhz:.0f} MHz; the images before that count, {self.images} at least "
            "(the paper's rule for its hot cell)"
        )


class InTheHeat(NoteKind):
    """What became of a cell: speed and °C of the first minute and of the plateau, and when the clock fell."""

    kind: Literal["in-the-heat"] = "in-the-heat"
    cell: str
    minutes: float
    first_fps: float
    first_c: Optional[float]
    plateau_fps: Optional[float]
    plateau_c: Optional[float]
    fell_s: Optional[float]

    def __str__(self) -> str:
        plateau = (
            "no plateau was reached"
            if self.plateau_fps is None
            else f"{self.plateau_fps:.2f} img/s{_at(self.plateau_c)} on the plateau "
            f"({self.plateau_fps / self.first_fps:.0%} of it)"
        )
        fell = "the clock never fell" if self.fell_s is None else f"the clock first fell after {self.fell_s:.0f} s"
        return (
            f"{self.cell}, {self.minutes:.0f} min: {self.first_fps:.2f} img/s{_at(self.first_c)} in the first minute, "
            f"{plateau}; {fell}"
        )


def _at(temp_c: float | None) -> str:
    return "" if temp_c is None else f" at {temp_c:.0f} °C"
