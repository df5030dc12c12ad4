"""A cell's accuracy: counted from its predictions, else as published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.catalog import Published
from bench.records.notes import Note
from bench.records.notes.files import UnreadableLines, UnreadablePredictions
from bench.records.schema import Repetition
from bench.runs.predictions import read_predictions


def accuracy(predictions: Path, published: Published | None, record: Repetition, notes: list[Note]) -> dict[str, Any]:
    """Return the row's fields: measured accuracy, or published for real weights without labelled images, or nothing.

    Parameters
    ----------
    predictions : Path
        The cell's file, which need not be there.
    published : Published or None
        What the model's authors state.
    record : Repetition
        Tells which weights were used.
    notes : list of Note
        Where it is entered what of the file can't be used.
    """
    if record.weights != "pretrained":
        return {}
    if predictions.exists():
        return _measured(predictions, notes)
    if published is None:
        return {}
    return {"top1": published.top1, "top5": published.top5, "top1_source": "published"}


def _measured(path: Path, notes: list[Note]) -> dict[str, Any]:
    lines = right = within_five = unreadable = 0
    try:
        for _, prediction in read_predictions(path):
            lines += 1
            if prediction is None:
                unreadable += 1
            else:
                right += prediction.is_right
                within_five += prediction.is_within_five
        if lines == unreadable:
            raise ValueError("it holds no predictions")
    except (ValueError, OSError) as error:
        notes.append(UnreadablePredictions(file=str(path), fault=str(error)))
        return {}
    if unreadable:
        notes.append(UnreadableLines(file=str(path), unreadable=unreadable, lines=lines))
    count = lines - unreadable
    return {
        "images_classified": count,
        "top1": right / count,
        "top5": within_five / count,
        "top1_source": "measured",
    }
