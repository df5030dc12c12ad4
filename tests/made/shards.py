"""Shards of a cell with chosen content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bench.board.clocks import now
from bench.records.store import write_record
from bench.runs.predictions import predictions_csv
from bench.runs.shards import ControlImage, Shard, Share, shard_csv, shard_json

IMAGES = 20
RIGHT = 12
"""How many of the images are recognised, and as many more as make 16 within five."""


def found(number: int) -> tuple[str, int, list[int], list[float]]:
    """Return what an image is taken for: of every five, three are recognised and one more is within five."""
    classes = {3: [1, 2, 3, 7, 4], 4: [1, 2, 3, 4, 5]}.get(number % 5, [7, 1, 2, 3, 4])
    return f"{number}.jpg", 7, classes, [0.5, 0.2, 0.1, 0.05, 0.01]


def whole_csv() -> bytes:
    """Return the predictions of one machine that classifies all images."""
    return predictions_csv(map(found, range(IMAGES)))


def made_shard(cell: Path, share: Share, machine: str = "one", off: float = 0.0, **fields: object) -> Shard:
    """Write a shard of `IMAGES` images into a cell's folder `…/FRAMEWORK/MODEL`.

    Parameters
    ----------
    off
        How far the probabilities of its control images are from those of other machines.
    """
    content = predictions_csv(map(found, share.take(range(IMAGES))))
    control = [
        ControlImage(image=image, classes=classes, probabilities=[one + off for one in probabilities])
        for image, _, classes, probabilities in map(found, range(6))
    ]
    shard = Shard.model_validate(
        {
            "framework": cell.parent.name,
            "model": cell.name,
            "share": share,
            "predictions_sha256": hashlib.sha256(content).hexdigest(),
            "images_sha256": "cc",
            "accuracy_images": 5,
            "seed": 1,
            "weights_sha256": "aa",
            "framework_version": "4.14",
            "threads": 4,
            "platform": "linux/amd64",
            "machine": machine,
            "bench_version": "0",
            "made": now(),
            "control": control,
            **fields,
        }
    )
    cell.mkdir(parents=True, exist_ok=True)
    shard_csv(cell, share).write_bytes(content)
    write_record(shard_json(cell, share), shard)
    return shard
