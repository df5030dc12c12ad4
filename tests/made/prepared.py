"""A results folder with something prepared in it, small enough to make in a moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from bench.prepare.images.decode import generated_picture
from bench.prepare.images.imageset import ImageSet
from bench.prepare.images.prepare import prepare_images
from bench.prepare.models.prepared import ModelRecord, Provenance


def made_images(results: Path, labels: Sequence[int]) -> ImageSet:
    """Prepare images with these labels, named `0.png` and so on."""
    photos = results / "photos"
    photos.mkdir()
    for number in range(len(labels)):
        cv2.imwrite(str(photos / f"{number}.png"), generated_picture(number))
    (photos / "val.txt").write_text("".join(f"{number}.png {label}\n" for number, label in enumerate(labels)))
    return prepare_images(photos, results / "prepared" / "images", lambda *_: None, lambda _: None)


def made_model(results: Path, name: str, weights_sha256: str = "aa") -> Path:
    """Prepare a model of 32 × 32 pixels and six classes without any files, whose weights are called real."""
    folder = results / "prepared" / name
    folder.mkdir(parents=True)
    record = ModelRecord(
        name=name,
        title=name,
        height=32,
        width=32,
        mean=(0.0, 0.0, 0.0),
        scale=1.0,
        classes=6,
        input_name="data",
        output_name="prob",
        weights="pretrained",
        provenance=Provenance(graph="", weights="", weights_sha256=weights_sha256, licence=""),
        sha256={},
    )
    (folder / "model.json").write_text(record.model_dump_json())
    return folder
