"""What a report costs: time and memory of `bench report`, as rows of a table, on made runs."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bootstrap import ROOT

sys.path.insert(0, str(ROOT))

from tests.made.runs import made_run

HEADER = """# What a report costs

`bench report`, which merges anew and writes the page, the figures and the tables: wall-clock time, processor time, and
the most memory held.

| runs | cells in each | repetitions | timed images | predictions in each cell | seconds | processor seconds | MiB |
|---|---|---|---|---|---|---|---|
"""

CASES = ((1, 5, 1000, 1000), (1, 1, 100, 50_000), (500, 1, 100, 100))
"""Runs, repetitions, timed images of each, predictions of each cell."""


def rows() -> Iterator[list[str]]:
    """Make each case's runs in a temporary folder, report them, and yield the row."""
    for runs, repetitions, images, predictions in CASES:
        with tempfile.TemporaryDirectory() as folder:
            names = [f"run-{number:03d}" for number in range(runs)]
            for day, name in enumerate(names):
                made = {"repetitions": repetitions, "images": images, "predictions": predictions}
                made_run(Path(folder) / "runs", name, day=day, **made)
            command = [sys.executable, "-m", "bench.cli", "report", *names, "--results", folder]
            began = time.monotonic()
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - began
            if process.returncode != 0:
                raise SystemExit(f"benchmark: the report of {runs} runs failed with code {process.returncode}")
        numbers = [runs, 16, repetitions, images, predictions]
        cost = [seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]
        yield [*map(str, numbers), *(f"{value:.1f}" for value in cost)]
