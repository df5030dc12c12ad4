"""`predictions/FRAMEWORK/MODEL.csv`: what a framework took each labelled image for."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Optional

RANKS = 5

_FACTS = ("label", *(f"class{rank}" for rank in range(1, RANKS + 1)))
PREDICTION_COLUMNS = ("image", *_FACTS, *(f"probability{rank}" for rank in range(1, RANKS + 1)))
"""The columns; a reader needs those with the label and the classes."""


_LEAST = 2
"""A label and one class."""

_CLASS = re.compile(r"[0-9]{1,9}")


class Prediction(NamedTuple):
    """One image.

    Attributes
    ----------
    image
        Its name; empty if the file does not tell.
    label
        Its true class.
    classes
        The five most probable classes, the most probable first; fewer where a model tells fewer apart.
    """

    image: str
    label: int
    classes: tuple[int, ...]

    @property
    def is_right(self) -> bool:
        """Whether the most probable class is the true one."""
        return self.classes[0] == self.label

    @property
    def is_within_five(self) -> bool:
        """Whether one of the five is."""
        return self.label in self.classes


def predictions_csv(found: Iterable[tuple[str, int, Iterable[int], Iterable[float]]]) -> bytes:
    """Return the file's content: for each image its name, its label, the five classes, and their probabilities."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(PREDICTION_COLUMNS)
    for image, label, classes, probabilities in found:
        texts = [f"{probability:.6f}" for probability in probabilities]
        writer.writerow([image, label, *_padded(classes), *_padded(texts)])
    return table.getvalue().encode()


def read_predictions(path: Path) -> Iterator[tuple[int, Optional[Prediction]]]:
    """Yield each line's number with its prediction, or with None if it can't be read or its image was there before.

    Line by line, so that a stray quote costs its own line; a hundred take a tenth of the time that pandas takes.

    Raises
    ------
    OSError, ValueError
        If the file can't be read, or lacks a column.
    """
    with path.open("rb") as file:
        header = _fields(next(file, b""))
        missing = [name for name in _FACTS if name not in header]
        if missing:
            raise ValueError(f"it has no column {', '.join(missing)}")
        columns = [header.index(name) for name in _FACTS]
        named = header.index("image") if "image" in header else None
        seen: set[str] = set()
        for number, line in enumerate(map(_fields, file), start=2):
            facts = [line[column] for column in columns] if len(line) == len(header) else [""]
            image = "" if named is None or len(line) != len(header) else line[named]
            while len(facts) > _LEAST and not facts[-1]:
                facts.pop()
            if image in seen or not all(_CLASS.fullmatch(field) for field in facts):
                yield number, None
                continue
            if image:
                seen.add(image)
            label, *classes = map(int, facts)
            yield number, Prediction(image, label, tuple(classes))


def _padded(values: Iterable[object]) -> list[object]:
    found = list(values)
    return found + [""] * (RANKS - len(found))


def _fields(line: bytes) -> list[str]:
    """Return a line's fields; none if it is no text, or its quotes don't match."""
    try:
        return next(csv.reader([line.decode().rstrip("\r\n")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return []
