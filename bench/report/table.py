"""The results table: its columns, described once for the terminal, the page, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.catalog.titles import framework_title, model_title
from bench.decide.quantities import QUANTITIES
from bench.records.columns import RESULT_COLUMNS, Row
from bench.report.marks import half_width, marked
from bench.report.names import short_board

_MORE = ("throughput", "top1", "top5", "fom", "images", "repetitions", "arm_mhz", "max_mhz")
"""What the names of columns begin with of which more is better; of other numbers less is."""


@dataclass(frozen=True)
class Column:
    """A field of a row as people read it.

    Attributes
    ----------
    field
        Its name in results.csv.
    title, unit
        Of the value as it is written.
    full
        Its title where there is room.
    digits
        Behind the point; None for what is no number.
    factor
        Leads from the row's value to the written one.
    is_main
        Whether it is seen at first where all columns can be seen.
    is_exported
        Whether Markdown and LaTeX have it.
    quantity
        The one whose interval the page has beside the value.
    has_spread
        Whether a table of text has it too, as half its width.
    write
        The words of a row, where it is no number.
    """

    field: str
    title: str
    unit: str = ""
    full: str = ""
    digits: int | None = None
    factor: float = 1
    is_main: bool = True
    is_exported: bool = True
    quantity: str = ""
    has_spread: bool = False
    write: Callable[[Row], str] | None = None

    @property
    def heading(self) -> str:
        """The title with its unit, in one line."""
        return f"{self.title} [{self.unit}]" if self.unit else self.title

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, which stand to the right."""
        return self.digits is not None

    @property
    def more_is_better(self) -> bool:
        """Whether of its numbers the largest is the best."""
        return self.field.startswith(_MORE) and not self.field.startswith("top1_loss") and "sd_log" not in self.field

    def text(self, row: Row) -> str:
        """Return a row's field as a table has it, with its marks; empty if it was not measured."""
        spread = self.spread(row) if self.has_spread else ""
        return self.value(row) + (f" {spread}" if spread else "")

    def value(self, row: Row) -> str:
        """Return that without its interval."""
        if self.write is not None:
            return marked(row, self.field, self.write(row))
        value = getattr(row, self.field)
        return "" if value is None else marked(row, self.field, f"{value * self.factor:.{self.digits}f}")

    def spread(self, row: Row) -> str:
        """Return the 95 % interval of a row's value: half its width, of a share its ends; empty if there is none."""
        quantity = QUANTITIES.get(self.quantity)
        ends = quantity.interval(row) if quantity else None
        if quantity is None or ends is None:
            return ""
        if not quantity.sd_log:  # a share of images, near whose ends no interval is symmetric
            return f"{ends[0]:.0f} to {ends[1]:.0f}"
        return half_width(*ends)


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
    Column("top1", "Top-1", "%", digits=1, factor=100, quantity="top1"),
    Column("top1_loss", "Lost", "points", full="Lost top-1", write=_lost),
    Column("top5", "Top-5", "%", digits=1, factor=100, quantity="top5"),
    Column("throughput_fps", "Speed", "img/s", full="Throughput", digits=2, quantity="throughput", has_spread=True),
    Column("latency_ms_p50", "p50", "ms", full="Latency p50", digits=1, is_exported=False),
    Column("latency_ms_p95", "p95", "ms", full="Latency p95", digits=1, quantity="p95"),
    Column("power_w_mean", "Power", "W", full="Mean power", digits=2, quantity="power"),
    Column("energy_j_per_image", "Energy", "J/img", digits=3, quantity="energy"),
    Column("fom_top1", "Merit", "img/J", full="Figure of merit, top-1", digits=2, quantity="merit"),
    Column("peak_rss_mib", "Memory", "MiB", digits=0),
    Column("model_mib", "Size", "MiB", digits=1),
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
    board, run = _RUN_AND_BOARD
    first = [replace(board, write=lambda row: short_board(row.board))] if several_runs else []
    numbers = [replace(column, is_main=lost) if column.field in _OF_PRECISIONS else column for column in _NUMBERS]
    main = [*first, _FRAMEWORK, _MODEL, *numbers, _STATUS, *([run] if several_runs else [])]
    shown = {column.field for column in main}
    others = (name for name in RESULT_COLUMNS if name not in shown)
    return [*main, *(Column(name, name.replace("_", " "), is_main=False) for name in others)]


@dataclass(frozen=True)
class Cell:
    """One field on the page.

    Attributes
    ----------
    exact
        Its value as results.csv has it, by which it is sorted.
    text
        How it is written, with its marks.
    spread
        Its interval; empty where its column has intervals and it has none, None where its column has none.
    kind
        For the style.
    """

    exact: str
    text: str
    spread: str | None = None
    kind: str = ""


def cell(row: Row, column: Column, has_spread: bool = True) -> Cell:
    """Return one field of a row for the page; `has_spread` says whether any row of it has an interval."""
    value: Any = getattr(row, column.field)
    exact = "" if value is None else str(value)
    if column.write is not None or column.is_number:
        spread = column.spread(row) if column.quantity and has_spread else None
        return Cell(exact, column.value(row), spread, "number" if column.unit else "")
    if value is None:
        return Cell("", "")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Cell(exact, marked(row, column.field, exact), kind="long" if len(exact) > 40 else "")
    return Cell(exact, marked(row, column.field, four_digits(value)), kind="number")


def four_digits(value: float) -> str:
    """Return a number with four significant digits, all of those before the point.

    >>> four_digits(9.017495691197402), four_digits(12345.678), four_digits(100)
    ('9.017', '12346', '100')
    """
    return str(value) if isinstance(value, int) else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
