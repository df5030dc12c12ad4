"""Tables that a terminal has room for."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

_CONSOLE = Console(width=1000)
_GAP = 2
"""Between two columns, as the tables here are."""


def fitting(tables: Iterable[Table], width: int) -> Table:
    """Return the first of some tables of text, the fullest first, that fits into that width; the last if none does."""
    table = Table()
    for table in tables:
        if sum(widths(table)) < width:
            break
    return table


def widths(table: Table) -> list[int]:
    """Return how many columns of a terminal each column of a table of text needs at least."""
    return [_least(column) + _GAP for column in table.columns]


def _least(column: Column) -> int:
    """Return the columns of a terminal that a column needs: its longest line, or word if it may be broken."""
    texts = [Text.from_markup(str(text)) for text in (column.header, *column.cells)]
    least, most = zip(*(Measurement.get(_CONSOLE, _CONSOLE.options, text) for text in texts))
    return int(max(*(most if column.no_wrap else least), column.min_width or 0))
