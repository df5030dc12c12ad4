"""Classifying labelled images in the measuring process: all of a repetition, or one share of them alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from bench.measure.job import Job
from bench.prepare.images.imageset import ImageRow, ImageSet
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import PreparedModel
from bench.records.files import write_atomic
from bench.runs.predictions import RANKS, predictions_csv
from bench.runs.shards import CONTROL_IMAGES, Share

if TYPE_CHECKING:
    from bench.frameworks import Session
    from bench.measure.events import Events

WHOLE = Share(1, 1)


def classify(session: Session, prepared: PreparedModel, images: ImageSet, job: Job, events: Events) -> None:
    """Classify the job's share of the labelled images; write their five most probable classes to `job.predictions`."""
    assert job.predictions is not None
    share = job.share or WHOLE
    total = share.size(_chosen(images, job.profile.accuracy_images))
    rows = share.take(images.subset(job.profile.accuracy_images, job.seed))

    found = list(_classified(session, prepared, images, rows, total, events))
    content = predictions_csv(found)
    write_atomic(job.predictions, content)
    events.send(predictions_sha256=hashlib.sha256(content).hexdigest(), images_classified=len(found))


def control(session: Session, prepared: PreparedModel, images: ImageSet, job: Job, events: Events) -> None:
    """Classify the images that every shard has, and tell what they were taken for."""
    rows, total = images.subset(CONTROL_IMAGES, job.seed), _chosen(images, CONTROL_IMAGES)
    found = _classified(session, prepared, images, rows, total, events)
    events.send(control=[{"image": one[0], "classes": one[2], "probabilities": one[3]} for one in found])


def _chosen(images: ImageSet, limit: int | None) -> int:
    """Return how many images `ImageSet.subset` chooses."""
    return images.labelled if limit is None else min(limit, images.labelled)


def _classified(
    session: Session, prepared: PreparedModel, images: ImageSet, rows: Iterable[ImageRow], total: int, events: Events
) -> Iterator[tuple[str, int, list[int], list[float]]]:
    """Yield of each image its name, its label, its five most probable classes, and their probabilities."""
    calibration = prepared.record.calibration
    calibrated = set(calibration.images) if calibration else set()
    for done, row in enumerate(rows, start=1):
        if row.name in calibrated:  # on which it would do too well
            continue
        assert row.label is not None  # a subset is of labelled images
        probabilities = session.infer(preprocess(images.read(row), prepared.record))
        top = np.argsort(-probabilities, kind="stable")[:RANKS]
        yield row.name, row.label, top.tolist(), probabilities[top].tolist()
        events.progress(done, total)
