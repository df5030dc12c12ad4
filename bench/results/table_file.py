"""Reading back the rows of a results.csv, whichever version of bench wrote it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Optional

from pydantic import ValidationError

from bench.errors import UserError
from bench.records.columns import Row
from bench.records.migrate import migrate
from bench.records.store import first_fault

_IN_ORDER = (
    ("top1", "top5"),
    ("top1_loss_ci95_low", "top1_loss", "top1_loss_ci95_high"),
    ("latency_ms_p50", "latency_ms_p95", "latency_ms_p99"),
    ("power_w_min", "power_w_mean", "power_w_max"),
    *(
        (f"{name}_ci95_low", column, f"{name}_ci95_high")
        for name, column in (
            ("throughput", "throughput_fps"),
            *((name, name) for name in ("power_w_mean", "energy_j_per_image", "fom_top1", "fom_top5")),
        )
    ),
)
"""Columns of which none may be more than the next."""

_ROUNDING = 1e-6

_FIRST_SCHEMA = "1"  # its tables did not say so


def read_rows(path: Path) -> list[Row]:
    """Read a results.csv; rows of an older schema are migrated.

    Raises
    ------
    UserError
        If it is missing, unreadable, no results.csv, or has a newer schema than this program knows.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # a spreadsheet's may begin with a mark
            table = csv.DictReader(file)
            if "run_id" not in (table.fieldnames or ()):
                raise UserError(
                    f"{path} is not a results.csv: its first line does not name the columns, run_id among them, with "
                    "commas between; take what 'bench merge' wrote"
                )
            twice = [name for name, times in Counter(table.fieldnames).items() if times > 1]
            if twice:
                raise UserError(f"{path} has the column {twice[0]} twice: it was edited; take what was merged")
            rows = [_row(fields, path, line) for line, fields in enumerate(table, start=2)]
    except FileNotFoundError:
        raise UserError(f"{path} does not exist") from None
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); check that it is a file and yours") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a results.csv ({error})") from None
    _require_once(rows, path)
    return rows


def _require_once(rows: list[Row], path: Path) -> None:
    """Raise UserError for a table with one cell twice: of two numbers none is the right one."""
    lines: dict[tuple[str, ...], int] = {}
    for line, row in enumerate(rows, start=2):
        cell = (row.framework, row.variant.name)
        if cell in lines:
            raise UserError(
                f"{path} has {' '.join(cell)} in line {lines[cell]} and in line {line} again; give each run's "
                "results.csv for itself"
            )
        lines[cell] = line


def _row(fields: dict[str, Optional[str]], path: Path, line: int) -> Row:
    if None in fields.values():
        raise UserError(f"{path}, line {line}, is no row of a results.csv (it ends before its last column)")
    try:
        version = int(fields.get("schema_version") or _FIRST_SCHEMA)
        known = {name: value for name, value in fields.items() if value != ""}
        row = Row.model_validate(migrate(known, version, path))
    except ValidationError as error:
        raise UserError(f"{path}, line {line}, is no row of a results.csv ({first_fault(error)})") from None
    except ValueError as error:
        raise UserError(f"{path}, line {line}, is no row of a results.csv ({error})") from None
    fault = contradiction(row)
    if fault:
        raise UserError(f"{path}, line {line}, contradicts itself ({fault}): it was edited; take what was merged")
    return row


def contradiction(row: Row) -> str | None:
    """Return which of a row's numbers can't be true together; None if all can."""
    for names in _IN_ORDER:
        known = [(name, value) for name in names if (value := getattr(row, name)) is not None]
        for (low, lesser), (high, greater) in zip(known, known[1:]):
            if lesser > greater * (1 + _ROUNDING):
                return f"{low} is {lesser:g}, {high} {greater:g}"
    for accuracy, merit in (("top1", "fom_top1"), ("top5", "fom_top5")):
        share, found, fps, power_w = getattr(row, accuracy), getattr(row, merit), row.throughput_fps, row.power_w_mean
        if found is not None and None in (share, fps, power_w):
            return f"{merit} is {found:g}, without all of {accuracy}, throughput_fps and power_w_mean"
        if found is not None and abs(found * power_w - share * fps) > 1e-3 * share * fps:
            return f"{merit} is {found:g}, which {accuracy}, throughput_fps and power_w_mean don't give"
    return None
