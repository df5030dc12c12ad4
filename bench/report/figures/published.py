"""Published speeds of the same models on the same kind of board: a background, never mixed with what is measured."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from bench.catalog import models
from bench.errors import UserError


@dataclass(frozen=True)
class Reference:
    """One published time per image in milliseconds, and joules per image where somebody measured them."""

    board: str
    software: str
    model: str
    latency_ms: float
    source: str
    energy_j: Optional[float] = None


def read_references(path: Path) -> list[Reference]:
    """Read published.csv; none if there is no such file.

    Raises
    ------
    UserError
        If it lacks a column, or a time is not a number.
    """
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        try:
            return [
                Reference(row["board"], row["software"], row["model"], float(row["latency_ms"]), row["source"])
                for row in csv.DictReader(file)
            ]
        except (KeyError, ValueError, TypeError) as error:
            raise UserError(
                f"{path} can't be read ({error}); it needs the columns board, software, model, latency_ms, source"
            ) from None


def read_derived(path: Path) -> list[Reference]:
    """Read mlperf_pi4.csv, whose numbers are derived from MLPerf's published logs: the float32 ones of known models.

    None if there is no such file.

    Raises
    ------
    UserError
        If it lacks a column, or a number is none.
    """
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        try:
            return [
                Reference(
                    board=row["board"],
                    software=f"{row['framework']}, float32",
                    model=_catalog_name(row["model"]),
                    latency_ms=float(row["mean_ms"]),
                    source=f"derived from MLPerf Inference {row['round']}'s published logs, at the wall",
                    energy_j=float(row["energy_mj_per_image"]) / 1000,
                )
                for row in csv.DictReader(line for line in file if not line.startswith("#"))
                if _catalog_name(row["model"]) in models()
            ]
        except (KeyError, ValueError, TypeError) as error:
            raise UserError(f"{path} can't be read ({error}); restore it from the repository") from None


def _catalog_name(name: str) -> str:
    """Return `mobilenet_v1_1.0_224` for `mobilenet-v1-1.0-224-non-quantized`; nothing for what is quantised."""
    if name.endswith("-non-quantized"):
        return name[: -len("-non-quantized")].replace("-", "_")
    return "" if name.endswith(("-quantized", "uint8")) else name.replace("-", "_").replace("_float", "")


def of_board(references: list[Reference], board: str) -> list[Reference]:
    """Return those of the same kind of board; none if it is no Raspberry Pi."""
    kind = _kind(board)
    return [reference for reference in references if kind is not None and _kind(reference.board) == kind]


def _kind(board: str) -> str | None:
    """Return `3b+` for `Raspberry Pi 3 Model B Plus Rev 1.3` and `Pi 3B+`; None for what is no Raspberry Pi."""
    found = re.search(r"\bPi (Zero 2|\d)(?: Model)? ?([AB]?)(\+| Plus)?", board, re.IGNORECASE)
    if found is None:
        return None
    number, letter, plus = found.groups()
    return f"{number}{letter or ('' if ' ' in number else 'b')}{'+' if plus else ''}".lower()
