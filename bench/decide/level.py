"""Accuracy in int8 on the level of float32's, so that cells of both compare."""

from __future__ import annotations

from collections.abc import Iterable

from bench.decide.differences import Pairs
from bench.decide.quantities import Quantity
from bench.records.columns import Row
from bench.records.proportions import Paired
from bench.records.schema import Variant


class Levelled(Row):
    """A row in int8 whose top-1 is float32's less what int8 loses on the images of both, and its merit accordingly.

    The images that calibrated it are left out of its own accuracy, and those that remain may be the easier ones.
    """


def on_one_level(rows: Iterable[Row], pairs: Pairs) -> tuple[list[Row], Pairs]:
    """Return the rows levelled, and what gives of two such how they classified the same images."""
    rows = list(rows)
    measured = {_cell(row, row.variant): row for row in rows}

    def of_measured(one: Row, other: Row, accuracy: str) -> Paired | None:
        first, second = (measured.get(_cell(row, row.variant), row) for row in (one, other))
        return pairs(first, second, accuracy)

    return levelled(rows), of_measured


def levelled(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, those in int8 levelled where float32 was measured over other images; the others as they are."""
    rows = list(rows)
    in_float = {_cell(row, row.variant): row.top1 for row in rows if row.top1_source == "measured"}
    return [_levelled(row, in_float.get(_cell(row, Variant(row.model)))) for row in rows]


def level_told(quantity: Quantity, row: Row) -> str:
    """Return what stands behind a row's value to say that it is levelled; nothing where it is as it was measured."""
    applies = isinstance(row, Levelled) and quantity.accuracy and quantity.name != "top5"
    return " (float32's accuracy less its loss)" if applies else ""


def _cell(row: Row, variant: Variant) -> tuple[str, str, str, Variant]:
    return row.run_id, row.board, row.framework, variant


def _levelled(row: Row, in_float: float | None) -> Row:
    if row.precision != "int8" or in_float is None or not row.top1 or row.top1_loss is None:
        return row
    top1 = min(max(in_float - row.top1_loss, 0.0), 1.0)
    if abs(top1 - row.top1) < 1e-9:  # over the same images
        return row
    merits = {name: getattr(row, name) for name in ("fom_top1", "fom_top1_ci95_low", "fom_top1_ci95_high")}
    scaled = {name: value * top1 / row.top1 for name, value in merits.items() if value is not None}
    return Levelled(**{**row.model_dump(), **scaled, "top1": top1})
