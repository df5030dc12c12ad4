"""Shards of one cell from two platforms agree, so that any machine may take any of them."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from bench.results.shards import TOLERANCE, difference
from bench.runs.folder import RunFolder
from bench.runs.predictions import RANKS
from bench.runs.shards import ControlImage, Share, read_shard, shard_csv
from tests.images.conftest import AT_LENGTH, NATIVE, PLATFORMS, REGISTRY, ROOT, Run, build
from tests.made.program import PATIENCE_S

SHARE = Share(1, 1 if AT_LENGTH else 4)
"""Of the photographs, for emulated inference takes a second for each."""

EMULATED = "linux/arm64"


@pytest.mark.skipif(not {NATIVE, EMULATED} <= set(PLATFORMS), reason="only one platform was asked for")
def test_both_platforms_take_the_photographs_for_the_same(run: Run, prepared: Path, tmp_path: Path) -> None:
    cells = []
    for platform in (NATIVE, EMULATED):
        results = tmp_path / platform.replace("/", "-")
        (results / "prepared").mkdir(parents=True)
        volumes = [f"--volume={results}:/results", f"--volume={prepared}:/results/prepared:ro"]
        done = run(
            *("opencv", platform, "classify", "opencv", "--models=squeezenet"),
            *("--run=sept", f"--shard={SHARE}", "--results=/results"),
            options=[*volumes, f"--user={os.getuid()}:{os.getgid()}", "--env=BENCH_MACHINE=one"],
        )
        assert done.returncode == 0, done.stdout + done.stderr
        cells.append(RunFolder(results / "runs" / "sept").shards("opencv", "squeezenet_v1.1"))
    shards = [read_shard(cell, SHARE) for cell in cells]
    assert [shard.platform for shard in shards] == [NATIVE, EMULATED]
    assert difference(shards[0].control, shards[1].control) < TOLERANCE
    one, other = map(told, cells)
    assert len(one) == SHARE.size(100)
    assert [image.classes[0] for image in one] == [image.classes[0] for image in other]
    assert difference(one, other) < TOLERANCE


def told(cell: Path) -> list[ControlImage]:
    """Return what each image was taken for."""
    with shard_csv(cell, SHARE).open() as file:
        return [
            ControlImage(
                image=row["image"],
                classes=[int(row[f"class{rank}"]) for rank in range(1, RANKS + 1)],
                probabilities=[float(row[f"probability{rank}"]) for rank in range(1, RANKS + 1)],
            )
            for row in csv.DictReader(file)
        ]


@pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")
def test_a_framework_that_is_not_installed_here_classifies_in_its_container(
    prepared: Path, tmp_path: Path, engine: docker.DockerClient
) -> None:
    shutil.copytree(prepared, tmp_path / "prepared", copy_function=os.link)
    image = engine.images.get(build("caffe", NATIVE))
    image.tag(f"{REGISTRY}/caffe", tag=f"test-shards-{os.getpid()}")
    words = ["classify", "caffe", "--models", "squeezenet", "--run", "sept", "--shard", "2/50", "--machine", "pi-1"]
    settings = {"BENCH_TAG": f"test-shards-{os.getpid()}", "COMPOSE_PROJECT_NAME": f"bench-test-shards-{os.getpid()}"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.cli", *words, "--results", tmp_path],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    finally:
        engine.images.remove(f"{REGISTRY}/caffe:{settings['BENCH_TAG']}")
    assert done.returncode == 0, done.stdout + done.stderr
    shard = read_shard(RunFolder(tmp_path / "runs" / "sept").shards("caffe", "squeezenet_v1.1"), Share(2, 50))
    assert (shard.image_digest, shard.machine, shard.platform) == (image.id, "pi-1", NATIVE)
