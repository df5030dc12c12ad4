"""What every kind of note has."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from bench.records.schema import Record


class NoteKind(Record):
    """A note; `mark` stands before it, and beside the numbers that it is about if it is about some."""

    mark: ClassVar[str] = "-"

    @abstractmethod
    def __str__(self) -> str:
        """Return the note in words."""
