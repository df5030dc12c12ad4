"""Which images are classified, and how many that were is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bench.measure.classify import classify
from bench.measure.job import Job
from bench.measure.profiles import find_profile
from bench.prepare.models.prepared import Calibration, PreparedModel
from bench.runs.predictions import read_predictions
from tests.made.prepared import made_images, made_model

LABELS = (0, 1, 2, 3, 4)


class Session:
    """Takes everything for class 2."""

    def infer(self, _: object) -> Any:
        return np.eye(6, dtype=np.float32)[2]


class Events:
    """Remembers what is told."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def send(self, **event: Any) -> None:
        self.told |= event

    def progress(self, *_: object) -> None:
        pass


def classified(results: Path, *calibrated: str) -> tuple[list[str], int]:
    """Return the images that were classified, and how many are said to be."""
    images, folder = made_images(results, LABELS), made_model(results, "nin")
    model = PreparedModel(folder)
    if calibrated:
        model.record.calibration = Calibration(images=list(calibrated), images_sha256="", labelled=True, seed=1)
    job = Job(
        framework="opencv",
        model=folder,
        images=images.folder,
        threads=1,
        profile=find_profile("paper"),
        seed=1,
        predictions=results / "predictions.csv",
    )
    events: Any = Events()
    classify(Session(), model, images, job, events)
    found = [prediction for _, prediction in read_predictions(results / "predictions.csv")]
    return [prediction.image for prediction in found if prediction], events.told["images_classified"]


def test_all_labelled_images_are_classified(tmp_path: Path) -> None:
    assert classified(tmp_path) == ([f"{number}.png" for number in LABELS], 5)


def test_what_calibrated_a_model_is_neither_classified_nor_counted(tmp_path: Path) -> None:
    assert classified(tmp_path, "1.png", "3.png") == (["0.png", "2.png", "4.png"], 3)
