"""How much memory a cell takes, as it was measured: what does not fit is told before anything is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from bench.catalog import read_toml

Needs = Mapping[tuple[str, str], int]
"""MiB by framework and model."""


@cache
def peaks() -> Needs:
    """Return the memory of every cell that was measured, in MiB, by framework and model."""
    table = read_toml("memory.toml")
    return {(framework, model): mib for framework, cells in table.items() for model, mib in cells.items()}


def needs(frameworks: Iterable[str], models: Iterable[str]) -> Needs:
    """Return the memory of these frameworks' cells with these models, as far as it is known."""
    names = list(models)
    cells = [(framework, model) for framework in frameworks for model in names]
    return {cell: peaks()[cell] for cell in cells if cell in peaks()}
