"""A cell's accuracy: counted from its predictions or from those of its shards, else as published."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.catalog import Published
from bench.names import printable
from bench.prepare.images.imageset import read_index
from bench.records.digests import file_digest
from bench.records.notes import Note
from bench.records.notes.files import (
    ForeignPredictions,
    IncompletePredictions,
    UnreadableLines,
    UnreadablePredictions,
)
from bench.records.proportions import Paired, difference_ci95
from bench.records.run import Plan
from bench.records.schema import Repetition
from bench.results.shards import join
from bench.runs.folder import RunFolder
from bench.runs.predictions import read_predictions


def accuracy(
    folder: RunFolder, plan: Plan, published: Published | None, records: list[Repetition], notes: list[Note]
) -> dict[str, Any]:
    """Return a cell's fields of the row: measured here or in shards, or published without labelled images, or nothing.

    Parameters
    ----------
    published : Published or None
        What the model's authors state.
    records : list of Repetition
        The cell's good ones: they tell the weights, the framework's version, and how many images were classified.
    notes : list of Note
        Where it is entered what of the files can't be used.
    """
    record = records[-1]
    if record.weights in (None, "synthetic"):
        return {}
    predictions = folder.predictions(record.framework, *record.variant)
    if predictions.exists():
        classified = [one.images_classified for one in records if one.images_classified is not None]
        labels = known_labels(folder, plan)
        return _measured([predictions], predictions, notes, labels, classified[-1] if classified else None)
    shards = folder.shards(record.framework, *record.variant)
    if shards.exists():
        joined = join(shards, plan, record, notes)
        shares = _measured(joined.files, shards, notes, known_labels(folder, plan)) if joined else {}
        return shares and {**shares, "accuracy_platform": " ".join(joined.platforms if joined else [])}
    if published is None:
        return {}
    return {"top1": published.top1, "top5": published.top5, "top1_source": "published"}


def loss(predictions: Path, in_float: Path) -> dict[str, Any]:
    """Return the row's fields of what a precision costs in top-1, on the images that both files have, if there are any.

    Parameters
    ----------
    predictions, in_float : Path
        Of one framework and model in that precision, and in float32; they need not be there.
    """
    one, other = _outcomes(predictions), _outcomes(in_float)
    shared = [(other[image], right) for image, right in one.items() if image in other]
    if not shared:
        return {}
    pairs = Paired(*(shared.count(outcome) for outcome in ((True, True), (True, False), (False, True), (False, False))))
    low, high = difference_ci95(pairs)
    lost = (pairs.first - pairs.second) / len(shared)
    return {"top1_loss": lost, "top1_loss_ci95_low": low, "top1_loss_ci95_high": high}


def _outcomes(path: Path) -> dict[str, bool]:
    """Return for each image whether it was classified rightly; none where the file can't be read."""
    try:
        return {found.image: found.is_right for _, found in read_predictions(path) if found is not None}
    except (OSError, ValueError):
        return {}  # which `accuracy` tells


def known_labels(folder: RunFolder, plan: Plan) -> dict[str, int]:
    """Return the label of each image of the run's set, by name; none where that very set is not beside the run."""
    index = folder.path.parents[1] / "prepared" / "images" / "index.csv"
    try:
        return _labels(index, plan.images_sha256, index.stat().st_mtime_ns)
    except (OSError, ValueError):
        return {}


@lru_cache(maxsize=4)
def _labels(index: Path, images_sha256: str, _changed_ns: int) -> dict[str, int]:
    if file_digest(index, "sha256") != images_sha256:
        return {}
    return {row.name: row.label for row in read_index(index) if row.label is not None}


def _measured(
    files: list[Path], path: Path, notes: list[Note], labels: dict[str, int], classified: int | None = None
) -> dict[str, Any]:
    """Count the predictions of some files; `path` names them in a note, `classified` is how many there have to be."""
    lines = right = within_five = unreadable = 0
    foreign: list[str] = []
    try:
        for _, prediction in chain.from_iterable(map(read_predictions, files)):
            lines += 1
            if prediction is None:
                unreadable += 1
            elif labels and prediction.image and labels.get(prediction.image) != prediction.label:
                foreign.append(prediction.image)
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
    if foreign:
        notes.append(ForeignPredictions(file=str(path), count=len(foreign), image=printable(foreign[0])))
        return {}
    if classified not in (None, lines):
        notes.append(IncompletePredictions(file=str(path), lines=lines, images=classified))
        return {}
    count = lines - unreadable
    return {
        "images_classified": count,
        "top1": right / count,
        "top5": within_five / count,
        "top1_source": "measured",
    }


def pair(first: Path, second: Path, accuracy: str) -> Paired | None:
    """Return how two cells classified the same images; None if either has no predictions, or of other images.

    Parameters
    ----------
    accuracy : str
        `top1` or `top5`.
    """
    try:
        one, other = (_answers(path, path.stat().st_mtime_ns) for path in (first, second))
    except (OSError, ValueError):
        return None
    if one.images != other.images:
        return None
    first_right, second_right = getattr(one, accuracy), getattr(other, accuracy)
    both = int((first_right & second_right).sum())
    alone, other_alone = int(first_right.sum()) - both, int(second_right.sum()) - both
    return Paired(both, alone, other_alone, first_right.size - both - alone - other_alone)


class _Answers(NamedTuple):
    """The digest of the images and their labels, and which of them were right at first and within five."""

    images: str
    top1: npt.NDArray[np.bool_]
    top5: npt.NDArray[np.bool_]


@lru_cache(maxsize=256)
def _answers(path: Path, _changed_ns: int) -> _Answers:
    found = [prediction for _, prediction in read_predictions(path) if prediction is not None]
    images = repr([(prediction.image, prediction.label) for prediction in found])
    return _Answers(
        hashlib.sha256(images.encode("utf-8", "surrogateescape")).hexdigest(),
        np.array([prediction.is_right for prediction in found], dtype=bool),
        np.array([prediction.is_within_five for prediction in found], dtype=bool),
    )
