"""Shards of one cell from two platforms agree, so that any machine may take any of them."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from bench.results.shards import TOLERANCE, difference
from bench.runs.folder import RunFolder
from bench.runs.predictions import RANKS
from bench.runs.shards import ControlImage, Share, read_shard, shard_csv
from tests.images.conftest import NATIVE, PLATFORMS, Run

WHOLE = Share(1, 1)
EMULATED = "linux/arm64"


@pytest.mark.skipif(not {NATIVE, EMULATED} <= set(PLATFORMS), reason="only one platform was asked for")
def test_both_platforms_take_the_photographs_for_the_same(run: Run, prepared: Path, tmp_path: Path) -> None:
    cells = []
    for platform in (NATIVE, EMULATED):
        results = tmp_path / platform.replace("/", "-")
        (results / "prepared").mkdir(parents=True)
        volumes = [f"--volume={results}:/results", f"--volume={prepared}:/results/prepared:ro"]
        done = run(
            *("opencv", platform, "classify", "opencv", "--models=squeezenet", "--run=sept", "--results=/results"),
            options=[*volumes, f"--user={os.getuid()}:{os.getgid()}", "--env=BENCH_MACHINE=one"],
        )
        assert done.returncode == 0, done.stdout + done.stderr
        cells.append(RunFolder(results / "runs" / "sept").shards("opencv", "squeezenet_v1.1"))
    shards = [read_shard(cell, WHOLE) for cell in cells]
    assert [shard.platform for shard in shards] == [NATIVE, EMULATED]
    assert difference(shards[0].control, shards[1].control) < TOLERANCE
    one, other = map(told, cells)
    assert len(one) == 100
    assert [image.classes[0] for image in one] == [image.classes[0] for image in other]
    assert difference(one, other) < TOLERANCE


def told(cell: Path) -> list[ControlImage]:
    """Return what each image was taken for."""
    with shard_csv(cell, WHOLE).open() as file:
        return [
            ControlImage(
                image=row["image"],
                classes=[int(row[f"class{rank}"]) for rank in range(1, RANKS + 1)],
                probabilities=[float(row[f"probability{rank}"]) for rank in range(1, RANKS + 1)],
            )
            for row in csv.DictReader(file)
        ]
