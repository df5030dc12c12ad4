"""A figure as data: what is drawn where. The figures are described once and drawn twice, static and interactive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Union

INK = "ink"

Interval = Union[tuple[float, float], None]


@dataclass(frozen=True)
class Look:
    """How a series is told from the others: never by colour alone.

    Attributes
    ----------
    colour, ink
        In hexadecimal; `ink` is what can be read on `colour`. The colour `INK` is that of the text around the figure.
    marker, hatch, dash
        In matplotlib's words.
    """

    colour: str
    ink: str = "#ffffff"
    marker: str = "o"
    hatch: str = ""
    dash: str = "-"


@dataclass(frozen=True)
class Bars:
    """Bars at numeric positions, each with an interval or none."""

    name: str
    look: Look
    x: Sequence[float]
    y: Sequence[float]
    width: float
    hover: Sequence[str]
    intervals: Sequence[Interval] = ()


@dataclass(frozen=True)
class Points:
    """Markers, each with letters on it or none. Without a name they are only there to be pointed at."""

    name: str
    look: Look
    x: Sequence[float]
    y: Sequence[float]
    hover: Sequence[str]
    letters: Sequence[str] = ()
    hollow: bool = False
    size: float = 7
    intervals: Sequence[Interval] = ()


@dataclass(frozen=True)
class Line:
    """A line through points; None interrupts it. Without a name it is not in the legend."""

    name: str
    look: Look
    x: Sequence[float | None]
    y: Sequence[float | None]
    width: float = 1.5
    markers: bool = False


@dataclass(frozen=True)
class Area:
    """Filled outlines behind the data; None ends one and begins the next."""

    name: str
    look: Look
    x: Sequence[float | None]
    y: Sequence[float | None]
    opacity: float = 0.5


@dataclass(frozen=True)
class Label:
    """A word at a place: written upwards from there, or level, to its right or above it; `told` says whose it is."""

    x: float
    y: float
    text: str
    direction: Literal["upwards", "right", "above"] = "upwards"
    told: str = ""


Glyph = Union[Bars, Points, Line, Area, Label]


@dataclass(frozen=True)
class Axis:
    """An axis: what it shows in which unit, and its ticks if they are not plain numbers."""

    title: str
    unit: str = ""
    ticks: Sequence[tuple[float, str]] = ()
    log: bool = False
    range: tuple[float, float] | None = None
    from_zero: bool = False

    @property
    def label(self) -> str:
        """What is written along it."""
        return f"{self.title}{f' [{self.unit}]' if self.unit else ''}{', logarithmic' if self.log else ''}"


@dataclass(frozen=True)
class Name:
    """What a height of a panel is called: written beside it at `place`, as near as other names let it be."""

    y: float
    place: float
    text: str


@dataclass(frozen=True)
class Panel:
    """One pair of axes. Panels of a chart stand above each other and share x.

    Attributes
    ----------
    watermark
        What nobody may overlook, written across it.
    height
        Relative to the usual one.
    names
        What stands at its right edge.
    """

    y: Axis
    glyphs: Sequence[Glyph]
    watermark: str = ""
    height: float = 1.0
    names: Sequence[Name] = ()


@dataclass(frozen=True)
class Chart:
    """A figure.

    Attributes
    ----------
    name
        Of its files.
    subject
        The board and run that it is about.
    caption
        What it shows, in sentences.
    """

    name: str
    title: str
    subject: str
    caption: str
    x: Axis
    panels: Sequence[Panel] = field(default_factory=list)
