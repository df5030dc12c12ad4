"""What every kind of note has."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from bench.records.schema import Record

LINE = 80
"""Characters that names may take before they are told in groups."""


class NoteKind(Record):
    """A note; `mark` stands before it, and beside the numbers that it is about if it is about some."""

    mark: ClassVar[str] = "-"

    @abstractmethod
    def __str__(self) -> str:
        """Return the note in words."""


def names_of(cells: Sequence[str]) -> str:
    """Return the names of cells, "FRAMEWORK MODEL" each, for a sentence.

    Where they are too many for a line, frameworks with the same models are told together: a suite's are 63 and more.
    """
    plain = ", ".join(cells)
    if len(plain) <= LINE:
        return plain
    models: dict[str, list[str]] = {}
    for cell in cells:
        framework, _, model = cell.partition(" ")
        models.setdefault(framework, []).append(model)
    frameworks: dict[tuple[str, ...], list[str]] = {}
    for framework, names in models.items():
        frameworks.setdefault(tuple(names), []).append(framework)
    return "; ".join(f"{', '.join(group)} with {', '.join(names)}" for names, group in frameworks.items())
