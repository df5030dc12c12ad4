"""Every command that the documents show, typed as they show it, in a folder of its own.

Those that need an engine are run in tests/images; tests/made/documents.py says which are run nowhere, and why.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.bootstrap import ensure
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.documents import ROOT, commands
from tests.made.onnx_files import mobile
from tests.made.program import OFFLINE, PATIENCE_S, needs_make
from tests.made.runs import made_run

FRAMEWORK, MODEL = "opencv", "squeezenet_v1.1"
BOARDS = {
    "before": "Raspberry Pi 4 Model B Rev 1.4",
    "before-again": "Raspberry Pi 4 Model B Rev 1.4",
    "after": "Raspberry Pi 4 Model B Rev 1.4",
    "pi3-run": "Raspberry Pi 3 Model B Rev 1.2",
    "pi4-run": "Raspberry Pi 4 Model B Rev 1.4",
    "pi5-run": "Raspberry Pi 5 Model B Rev 1.0",
}


def type_in(folder: Path, command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does, in a folder, where `python3` is this Python and `bench` that of this clone."""
    python = folder / ".bin" / "python3"
    python.parent.mkdir(exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    here = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    path = f"{python.parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**here, **OFFLINE, "PATH": path, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def assert_well(command: str, done: subprocess.CompletedProcess[str]) -> None:
    allowed = {0, 1} if command.endswith("bench doctor") else {0}  # what a doctor finds depends on the computer
    assert done.returncode in allowed, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the runs that the documents name, and the log of a meter beside one of them."""
    folder = tmp_path_factory.mktemp("measured")
    for name, board in BOARDS.items():
        run = made_run(folder / "results" / "runs", name, board=board, repetitions=3)
        merge(run)
        if name == "pi4-run":
            write_log(folder / "log.csv", run)
    return folder


def write_log(path: Path, run: RunFolder) -> None:
    """Write a run's own samples as another meter's logger would: local time in Berlin, and milliwatts."""
    clocks = run.read_run().began
    lines = ["Date,P"]
    for sample in (run.path / "samples.csv").read_text().splitlines()[1:]:
        at_ns, watts = sample.split(",")[:2]
        after = timedelta(microseconds=(clocks.realtime_ns + int(at_ns) - clocks.monotonic_ns) // 1000)
        local = datetime.fromtimestamp(0, timezone.utc) + after + timedelta(hours=2)  # a day of summer time
        lines.append(f"{local:%Y-%m-%d %H:%M:%S.%f},{float(watts) * 1000:.1f}")
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("command", commands("read"))
def test_a_command_that_reads_runs_works_as_shown(command: str, measured: Path) -> None:
    assert_well(command, type_in(measured, command))


@pytest.fixture
def inputs(prepared: Path, tmp_path: Path) -> Path:
    """Return a folder with another of a user's pictures and of their weights in it."""
    pictures, weights = tmp_path / "pictures", tmp_path / "weights" / MODEL
    pictures.mkdir()
    weights.mkdir(parents=True)
    generator = np.random.default_rng(1)
    for number in range(5):
        cv2.imwrite(str(pictures / f"{number}.png"), generator.integers(0, 256, (80, 100, 3), np.uint8))
    (pictures / "val.txt").write_text("".join(f"{number}.png {number}\n" for number in range(5)))
    sums = []
    for name, given in (("weights.caffemodel", f"{MODEL}.caffemodel"), ("deploy.prototxt", "deploy.prototxt")):
        content = (prepared / MODEL / name).read_bytes()
        (weights / given).write_bytes(content)
        sums.append(f"{hashlib.sha256(content).hexdigest()}  {MODEL}/{given}\n")
    (weights.parent / "SHA256SUMS").write_text("".join(sums))
    mobile(tmp_path / "FILE.onnx")
    return tmp_path


@pytest.fixture(scope="module")
def installed() -> None:
    """Have the framework that is measured where `bench up` looks for it: what is typed has no network."""
    ensure(FRAMEWORK, ROOT / "images" / FRAMEWORK / "requirements.lock")


@pytest.mark.parametrize("command", commands("measure"))
@pytest.mark.usefixtures("installed")
def test_a_command_that_measures_works_as_shown(command: str, inputs: Path) -> None:
    typed = command.replace("--images FOLDER", "--images pictures").replace("--weights FOLDER", "--weights weights")
    quickly = {
        "BENCH_PROFILE": "smoke",
        "BENCH_MODELS": MODEL,
        "BENCH_FRAMEWORKS": FRAMEWORK,
        "BENCH_METER": "simulated",
        "DOCKER_HOST": "unix:///nowhere",
    }
    if "--onnx" in command and "--models" not in command:
        quickly["BENCH_MODELS"] = f"FILE,{MODEL}"
    if "bench run" in command:
        assert_well(command, type_in(inputs, "python3 -m bench prepare", **quickly))
    done = type_in(inputs, typed, **quickly)
    assert_well(command, done)
    if "bench up" in command:
        assert re.search(r"OpenCV +SqueezeNet v1\.1.* ok", done.stdout), done.stdout
        assert ("--onnx" in command) == bool(re.search(r"OpenCV +FILE§.* ok", done.stdout)), done.stdout
        assert len(list((inputs / "results" / "runs").glob("*/report.html"))) == 1


@pytest.mark.parametrize("command", commands("clone"))
def test_the_clone_that_is_shown_is_a_whole_one(command: str, tmp_path: Path) -> None:
    done = type_in(tmp_path, command, ADDRESS=str(ROOT))
    assert done.returncode == 0, done.stderr
    told = type_in(tmp_path / "pi-dnn-bench", "python3 -m bench --version", PYTHONPATH="")
    assert told.stdout.startswith("bench "), told.stderr


@needs_make
@pytest.mark.parametrize("command", [command for command in commands("make", "not run") if command.startswith("make")])
def test_a_target_of_make_that_is_shown_is_there(command: str) -> None:
    done = subprocess.run(["make", "--dry-run", *command.split()[1:]], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
