"""What keeps shards from being a cell's accuracy, and what to know where they are."""

from __future__ import annotations

from typing import ClassVar, Literal

from bench.records.notes.kind import NoteKind


class MissingShards(NoteKind):
    """Shards that nobody has made, or brought here."""

    kind: Literal["missing-shards"] = "missing-shards"
    cell: str
    of: int
    missing: list[int]

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.missing))
        return f"{self.cell}: no accuracy, for of {self.of} shards are missing: {numbers}"


class UnusableShards(NoteKind):
    """Shards that are torn, or of something else than the board measured."""

    kind: Literal["unusable-shards"] = "unusable-shards"
    cell: str
    numbers: list[int]
    of: int
    fault: str

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.numbers))
        return f"{self.cell}: no accuracy, for of {self.of} shards can't be used: {numbers} ({self.fault})"


class DeviatingMachine(NoteKind):
    """A machine that computes otherwise than most: by so much in a probability of a control image, at most 1."""

    kind: Literal["deviating-machine"] = "deviating-machine"
    cell: str
    machine: str
    apart: float
    numbers: list[int]
    of: int

    def __str__(self) -> str:
        return (
            f"{self.cell}: no accuracy, for machine '{self.machine}' is refused: its probabilities "
            f"of the control images differ by {self.apart:.2g} from the other machines'; classify its shards of "
            f"{self.of} elsewhere: {', '.join(map(str, self.numbers))}"
        )


class ReorderedImages(NoteKind):
    """Near ties: control images whose five classes machines put in another order."""

    kind: Literal["reordered-images"] = "reordered-images"
    cell: str
    images: int
    of: int

    def __str__(self) -> str:
        return (
            f"{self.cell}: machines order the five classes of {self.images} of {self.of} control "
            "images differently (near ties)"
        )


class AccuracyElsewhere(NoteKind):
    """Accuracy that was classified in shards, and on what."""

    kind: Literal["accuracy-elsewhere"] = "accuracy-elsewhere"
    mark: ClassVar[str] = "†"
    platforms: list[str]

    def __str__(self) -> str:
        return f"Accuracy measured in shards, on other machines too: {', '.join(self.platforms)}."
