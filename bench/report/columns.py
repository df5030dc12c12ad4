"""The results table: which columns there are, what they are called, and how their values are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.records.columns import RESULT_COLUMNS, Row


@dataclass(frozen=True)
class Column:
    """One column of results.csv as people read it; a `main` one is seen at first."""

    name: str
    heading: str
    unit: str = ""
    main: bool = False


@dataclass(frozen=True)
class Cell:
    """One field: its exact value as text, how it is written, the mark before it, and its kind for the style."""

    exact: str
    text: str
    mark: str = ""
    kind: str = ""


_HEADINGS = {
    "framework": ("Framework", ""),
    "model": ("Model", ""),
    "status": ("Status", ""),
    "top1": ("Top-1", "share"),
    "top5": ("Top-5", "share"),
    "throughput_fps": ("Throughput", "images/s"),
    "latency_ms_p50": ("Latency p50", "ms"),
    "latency_ms_p95": ("Latency p95", "ms"),
    "power_w_mean": ("Power", "W, mean"),
    "energy_j_per_image": ("Energy", "J/image"),
    "fom_top1": ("Merit top-1", "images/J"),
    "peak_rss_mib": ("Memory", "MiB"),
}
"""Headings of the main columns; the others are headed by their names."""

_PUBLISHED = ("top1", "top5", "fom_top1", "fom_top5")
_POWER = ("power_w", "energy_", "fom_")


def columns(several_runs: bool) -> list[Column]:
    """Return all columns: the main ones first, then the others in the order of results.csv."""
    first = ["run_id", "board"] if several_runs else []
    main = [*first, *_HEADINGS]
    others = [name for name in RESULT_COLUMNS if name not in main]
    found = [Column(name, *_HEADINGS.get(name, (_words(name), "")), main=True) for name in main]
    return [*found, *(Column(name, _words(name)) for name in others)]


def cell(row: Row, name: str) -> Cell:
    """Return one field of a row, with the mark that its value needs."""
    value: Any = getattr(row, name)
    if value is None:
        return Cell("", "")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        mark = "°" if name == "model" and row.weights == "synthetic" else ""
        return Cell(str(value), str(value), mark, "long" if len(str(value)) > 40 else "")
    return Cell(str(value), written(value), mark_of(row, name), "number")


def mark_of(row: Row, name: str) -> str:
    """Return `~` for what rests on simulated power, `*` for what rests on published accuracy, both or nothing."""
    simulated = row.boundary == "simulated" and name.startswith(_POWER)
    published = row.top1_source == "published" and name.startswith(_PUBLISHED)
    return "~" * simulated + "*" * published


def written(value: float) -> str:
    """Return a number with four significant digits, all of those before the point."""
    return str(value) if isinstance(value, int) else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _words(name: str) -> str:
    return name.replace("_", " ")
