"""Preparing that was killed goes on where it stopped: what was finished stays, the rest is as if never killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from bench.prepare.images.decode import generated_picture
from bench.prepare.models.prepared import PreparedModel
from bench.records.digests import file_digest
from tests.made.program import OFFLINE, PATIENCE_S, ROOT, bench

IMAGES, KEPT = 12, 5

KILLED = """
import os, runpy, signal, sys
import {module} as module
left, do = [{calls}], module.{name}
def killing(*arguments, **options):
    found = do(*arguments, **options)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
module.{name} = killing
runpy.run_module("bench", run_name="__main__")
"""
"""The program, which is killed when it has called something so many times."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(IMAGES):
        cv2.imwrite(str(folder / f"{number:02d}.png"), generated_picture(number))
    (folder / "val.txt").write_text("".join(f"{number:02d}.png {number}\n" for number in range(IMAGES)))
    return folder


def kill(module: str, name: str, calls: int, *arguments: object) -> None:
    """Run the program until it has called a function of a module so many times."""
    program = KILLED.replace("{module}", module).replace("{name}", name).replace("{calls}", str(calls))
    command = [sys.executable, "-c", program, *map(str, arguments)]
    environment = {**os.environ, **OFFLINE}
    done = subprocess.run(command, cwd=ROOT, env=environment, timeout=PATIENCE_S, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def made(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return when each file was written, and where on the disk: another one, of the same content too, differs."""
    files = [path for path in folder.rglob("[!.]*") if path.is_file()]
    return {path.relative_to(folder): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def test_an_image_set_goes_on_after_the_last_picture(photos: Path, tmp_path: Path) -> None:
    prepare = ("prepare", "--models", "squeezenet", "--images", photos, "--results")
    kill("bench.prepare.images.store", "PictureStore.remember", KEPT, *prepare, tmp_path / "killed")
    pictures = tmp_path / "killed" / "prepared" / "images" / "pictures"
    noted = (pictures.parent / "journal.jsonl").read_text()
    before = {path: one for path, one in made(pictures).items() if path.stem in noted}
    assert len(before) == KEPT
    assert not (pictures.parent / "set.json").exists()
    assert bench(*prepare, tmp_path / "killed").returncode == 0
    after = made(pictures)
    assert {path: after[path] for path in before} == before
    assert len(after) == IMAGES
    assert bench(*prepare, tmp_path / "whole").returncode == 0
    whole = tmp_path / "whole" / "prepared" / "images"
    assert after.keys() == made(whole / "pictures").keys()
    for name in ("index.csv", "set.json"):
        assert (pictures.parent / name).read_bytes() == (whole / name).read_bytes()


def test_calibration_goes_on_with_the_model_that_it_was_at(photos: Path, tmp_path: Path) -> None:
    prepare = ("prepare", "--precision", "int8", "--images", photos)
    both = (*prepare, "--models", "squeezenet,mobilenet_v2", "--results", tmp_path / "killed")
    kill("bench.prepare.models.quantised", "quantize_static", 3, *both)  # which makes two files of each model
    prepared = tmp_path / "killed" / "prepared"
    first, second = prepared / "squeezenet_v1.1@int8", prepared / "mobilenet_v2_1.0_224@int8"
    PreparedModel(first).verify()
    assert not second.exists()
    before = made(first)
    again = bench(*both)
    assert "squeezenet_v1.1: already prepared in int8" in again.stdout
    assert "mobilenet_v2_1.0_224: prepared in int8" in again.stdout
    assert made(first) == before
    assert [path.name for path in prepared.iterdir() if "building" in path.name] == []
    assert bench(*prepare, "--models", "mobilenet_v2", "--results", tmp_path / "whole").returncode == 0
    whole = PreparedModel(tmp_path / "whole" / "prepared" / second.name)
    assert PreparedModel(second).record.sha256 == whole.record.sha256
    assert file_digest(second / "model.onnx", "sha256") == whole.record.sha256["model.onnx"]
