"""The results table: its columns, described once for the terminal, the page, Markdown and LaTeX."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.catalog.titles import framework_title, model_title
from bench.decide.quantities import QUANTITIES
from bench.records.columns import RESULT_COLUMNS, Row
from bench.report.marks import marked, marks_at


@dataclass(frozen=True)
class Column:
    """A field of a row as people read it.

    Attributes
    ----------
    field
        Its name in results.csv.
    title, unit
        Where there is room, and of the value as the row has it.
    short, short_unit
        Where there is little room, and of the value as it is written there.
    digits
        Behind the point; None for what is no number.
    factor
        Leads from `unit` to `short_unit`.
    is_main
        Whether it is seen at first where all columns can be seen.
    needs_room
        Whether a narrow terminal leaves it out.
    is_exported
        Whether Markdown and LaTeX have it.
    spread
        The quantity whose interval stands beside the value in a table of text, as half its width.
    write
        The words of a row, where it is no number.
    """

    field: str
    title: str
    unit: str = ""
    short: str = ""
    short_unit: str = ""
    digits: int | None = None
    factor: float = 1
    is_main: bool = True
    needs_room: bool = False
    is_exported: bool = True
    spread: str = ""
    write: Callable[[Row], str] | None = None

    @property
    def heading(self) -> str:
        """The short title with its unit, in one line."""
        return f"{self.short or self.title} [{self.short_unit}]" if self.short_unit else self.short or self.title

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, which stand to the right."""
        return self.digits is not None

    def text(self, row: Row) -> str:
        """Return a row's field as a table has it, with its marks; empty if it was not measured."""
        if self.write is not None:
            return marked(row, self.field, self.write(row))
        value = getattr(row, self.field)
        if value is None:
            return ""
        return marked(row, self.field, f"{value * self.factor:.{self.digits}f}") + self._between(row)

    def _between(self, row: Row) -> str:
        ends = QUANTITIES[self.spread].interval(row) if self.spread else None
        return "" if ends is None else f" ±{math.sqrt(ends[1] / ends[0]) - 1:.1%}"


_FRAMEWORK = Column("framework", "Framework", write=lambda row: framework_title(row.framework))
_MODEL = Column("model", "Model", write=lambda row: model_title(row.variant.name))
_STATUS = Column("status", "Status", write=lambda row: row.status)


def _lost(row: Row) -> str:
    """Return the points of top-1 that a precision costs, with their 95 % interval."""
    if row.top1_loss is None:
        return ""
    low, high = row.top1_loss_ci95_low, row.top1_loss_ci95_high
    between = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f})"
    return f"{100 * row.top1_loss:.1f}{between}"


_NUMBERS = (
    Column("top1", "Top-1", "share", short_unit="%", digits=1, factor=100),
    Column("top1_loss", "Lost top-1", "share", "Lost", "points", write=_lost),
    Column("top5", "Top-5", "share", short_unit="%", digits=1, factor=100, needs_room=True),
    Column("throughput_fps", "Throughput", "images/s", "Speed", "img/s", 2, spread="throughput"),
    Column("latency_ms_p50", "Latency p50", "ms", "p50", "ms", 1, needs_room=True, is_exported=False),
    Column("latency_ms_p95", "Latency p95", "ms", "p95", "ms", 1, needs_room=True),
    Column("power_w_mean", "Power", "W, mean", short_unit="W", digits=2),
    Column("energy_j_per_image", "Energy", "J/image", short_unit="J/img", digits=3, needs_room=True),
    Column("fom_top1", "Merit top-1", "images/J", "Merit", "img/J", 2),
    Column("peak_rss_mib", "Memory", "MiB", short_unit="MiB", digits=0, needs_room=True),
    Column("model_mib", "Size", "MiB", short_unit="MiB", digits=1, needs_room=True),
)
_OF_PRECISIONS = ("top1_loss", "model_mib")
COLUMNS = (_FRAMEWORK, _MODEL, *_NUMBERS, _STATUS)
"""Those of the tables that have not room for all, in order."""

_RUN_AND_BOARD = (
    Column("board", "Board", write=lambda row: row.board),
    Column("run_id", "Run", write=lambda row: row.run_id),
)


def told(rows: Sequence[Row]) -> list[Column]:
    """Return COLUMNS without what a precision costs and saves, where all rows are in float32."""
    empty = {"top1_loss": not any(map(_lost, rows)), "model_mib": all(row.precision == "fp32" for row in rows)}
    return [column for column in COLUMNS if not empty.get(column.field)]


def columns_for(rows: Sequence[Row]) -> list[Column]:
    """Return the columns of Markdown and LaTeX; rows of several runs say which."""
    several = _RUN_AND_BOARD if len({row.run_id for row in rows}) > 1 else ()
    return [*several, *(column for column in told(rows) if column.is_exported)]


def all_columns(several_runs: bool, lost: bool = False) -> list[Column]:
    """Return every column of results.csv for the page: the main ones first, then the others in its order.

    What a precision costs and saves is among the main ones where `lost` says that any row has it.
    """
    first = [_plain("run_id", True), _plain("board", True)] if several_runs else []
    numbers = [replace(column, is_main=lost) if column.field in _OF_PRECISIONS else column for column in _NUMBERS]
    main = [*first, _FRAMEWORK, _MODEL, _STATUS, *numbers]
    shown = {column.field for column in main}
    return [*main, *(_plain(name, False) for name in RESULT_COLUMNS if name not in shown)]


def _plain(name: str, is_main: bool) -> Column:
    return Column(name, name.replace("_", " "), is_main=is_main)


@dataclass(frozen=True)
class Cell:
    """One field on the page: its exact value as text, how it is written, its marks, and its kind for the style."""

    exact: str
    text: str
    mark: str = ""
    kind: str = ""


def cell(row: Row, name: str) -> Cell:
    """Return one field of a row for the page, where it can be sorted and searched: with its name, not its title."""
    value: Any = getattr(row, name)
    if value is None:
        return Cell("", "")
    mark = "".join(mark.symbol for mark in marks_at(row, name))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Cell(str(value), str(value), mark, "long" if len(str(value)) > 40 else "")
    return Cell(str(value), four_digits(value), mark, "number")


def four_digits(value: float) -> str:
    """Return a number with four significant digits, all of those before the point.

    >>> four_digits(9.017495691197402), four_digits(12345.678), four_digits(100)
    ('9.017', '12346', '100')
    """
    return str(value) if isinstance(value, int) else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
