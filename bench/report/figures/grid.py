"""Bars for every cell: the models side by side, in each the frameworks, and a word wherever a bar is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.catalog.titles import framework_title, model_title
from bench.records.columns import Row
from bench.report.figures.chart import Axis, Bars, Glyph, Interval, Label, Line, Look, Panel
from bench.report.figures.looks import framework_look, short_titles, simulated, state
from bench.report.marks import OTHER_IMAGES, PUBLISHED, SIMULATED, SYNTHETIC
from bench.report.names import beside_float32

GROUP = 0.84
"""Share of a model's place that its bars take."""

STARS = (PUBLISHED, OTHER_IMAGES)
"""The marks that stand above a bar of what rests on accuracy."""

_MOST_WORDS = 75
"""Upright words that a figure has room for beside each other."""


class Grid:
    """The places of the cells on an axis.

    Parameters
    ----------
    rows : sequence of Row
        The cells.
    extra : int
        Places before each model's frameworks, for what is none.
    """

    def __init__(self, rows: Sequence[Row], extra: int = 0) -> None:
        self.rows = rows
        self.models = list(dict.fromkeys(row.variant.name for row in beside_float32(rows)))
        self.frameworks = list(dict.fromkeys(row.framework for row in rows))
        self.width = GROUP / max(len(self.frameworks) + extra, 1)
        self._extra = extra

    def place(self, model: str, slot: int) -> float:
        """Return the middle of a model's place with that number; the extra ones come first."""
        return self.models.index(model) + (slot + 0.5) * self.width - GROUP / 2

    def of(self, row: Row) -> float:
        """Return the middle of a cell's place."""
        return self.place(row.variant.name, self._extra + self.frameworks.index(row.framework))

    def axis(self) -> Axis:
        """Return the axis with the models' names."""
        titles = short_titles(self.models)
        ticks = [(float(place), titles[model]) for place, model in enumerate(self.models)]
        return Axis("Model", ticks=ticks, range=(-0.5, len(self.models) - 0.5))


def cell_panel(
    grid: Grid,
    title: str,
    unit: str,
    read: Callable[[Row], float | None],
    interval: Callable[[Row], Interval] = lambda _: None,
    *,
    power: bool = False,
    accuracy: bool = False,
    told_unit: str = "",
    before: Sequence[Glyph] = (),
    after: Sequence[Glyph] = (),
) -> Panel:
    """Return a panel with a bar for each cell.

    Parameters
    ----------
    title, unit
        Of the axis.
    read, interval
        A cell's value and its interval.
    power, accuracy
        What the values rest on: simulated power is written across the panel, a published accuracy gets its mark.
    told_unit
        What follows a cell's value where it is pointed at, if that is more than the unit.
    before, after
        What else is drawn, behind and before the bars.
    """
    glyphs: list[Glyph] = list(before)
    for name in grid.frameworks:
        shown = [row for row in grid.rows if row.framework == name and read(row) is not None]
        if not shown:
            continue
        values = [read(row) or 0.0 for row in shown]
        glyphs.append(
            Bars(
                framework_title(name),
                framework_look(name),
                [grid.of(row) for row in shown],
                values,
                grid.width * 0.92,
                [hover(row, value, told_unit or unit, interval(row)) for row, value in zip(shown, values)],
                [interval(row) for row in shown],
            )
        )
        if accuracy:
            starred = [(row, value, mark) for row, value in zip(shown, values) for mark in STARS if mark.applies(row)]
            glyphs += [Label(grid.of(row), value, mark.symbol, "above") for row, value, mark in starred]
    words = [(row, state(row, read(row), power, accuracy)) for row in grid.rows]
    labels = [Label(grid.of(row), 0.0, word, told=f"{cell_name(row)}: {word}") for row, word in words if word]
    glyphs += joined(labels, grid.width, len(grid.models))
    watermark = simulated(grid.rows) if power else ""
    return Panel(Axis(title, unit, from_zero=True), [*glyphs, *after], watermark)


def joined(labels: Sequence[Label], width: float, groups: int) -> list[Label]:
    """Return labels of bars with one for neighbours that say the same; where bars are thin, for all neighbours.

    Parameters
    ----------
    width
        Of a bar's place, of which 1 is a group's.
    groups
        How many there are beside each other.
    """
    thin = groups / width > _MOST_WORDS
    found: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: label.x):
        former = found[-1][-1] if found else None
        if former and label.x - former.x < 1.1 * width and (thin or label.text == former.text):
            found[-1].append(label)
        else:
            found.append([label])
    return [_one(beside) for beside in found]


def _one(labels: Sequence[Label]) -> Label:
    texts = ", ".join(dict.fromkeys(label.text for label in labels))
    x = round((labels[0].x + labels[-1].x) / 2, 9)
    return replace(labels[0], x=x, text=texts, told="; ".join(label.told for label in labels))


def hover(row: Row, value: float, unit: str, interval: Interval = None) -> str:
    """Return what is told of a cell's value when it is pointed at."""
    between = f" ({interval[0]:.4g} to {interval[1]:.4g})" if interval else ""
    kinds: list[str] = [row.status] if row.status != "ok" else []
    kinds += ["synthetic weights"] if SYNTHETIC.applies(row) else []
    kinds += ["simulated power"] if SIMULATED.applies(row) else []
    label = f" · {', '.join(kinds)}" if kinds else ""
    return f"{cell_name(row)}: {value:.4g} {unit}{between}{label}"


def cell_name(row: Row) -> str:
    """Return what a cell is called in a figure."""
    return f"{framework_title(row.framework)} · {model_title(row.variant.name)}"


def outline(
    places: Sequence[tuple[float, float]], height: Sequence[tuple[float, float]]
) -> tuple[list[float | None], list[float | None]]:
    """Return rectangles as the outlines of one area: from `places` to `height`, pairs of edges."""
    x: list[float | None] = []
    y: list[float | None] = []
    for (left, right), (low, high) in zip(places, height):
        x += [left, right, right, left, left, None]
        y += [low, low, high, high, low, None]
    return x, y


def levels(name: str, look: Look, grid: Grid, read: Callable[[Row], float | None]) -> Line:
    """Return a short level line across each cell's place."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row in grid.rows:
        value = read(row)
        if value is not None:
            x += [grid.of(row) - grid.width / 2, grid.of(row) + grid.width / 2, None]
            y += [value, value, None]
    return Line(name, look, x, y, width=2.0)
