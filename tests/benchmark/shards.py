"""How accuracy scales over machines: measured times of one cell's shards, given to n workers, as rows of a table."""

import heapq
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.bootstrap import ROOT

sys.path.insert(0, str(ROOT))

from bench.records.columns import Results
from bench.records.store import read_record
from bench.runs.shards import CONTROL_IMAGES
from tests.made.prepared import made_images

SHARDS, OWN = 64, 25
"""Shards of the cell, and images of each beside its control images."""

VALIDATION = 50_000

MODEL = "squeezenet"

HEADER = f"""# How accuracy scales over machines

{SHARDS} shards of one cell (OpenCV, SqueezeNet), each classified here by `bench classify` in a process of its own, and
timed. Workers that take one after another, as Slurm's machines do, then need, by these times:

| workers | seconds | faster by | of n |
|---|---|---|---|
"""


def rows() -> Iterator[list[str]]:
    """Time every shard here, then share them out; yield a row for each number of workers, then what a suite takes."""
    times = measured()
    alone = sum(times)
    for workers in (1, 2, 4, 8, 16):
        took = makespan(times, workers)
        yield [str(workers), f"{took:.1f}", f"{alone / took:.2f}", f"{alone / took / workers:.1%}"]


def measured() -> list[float]:
    """Return the seconds of each shard."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        made_images(results, [0] * (SHARDS * OWN))
        run("prepare", "--models", MODEL, "--results", folder)
        times = []
        for number in range(1, SHARDS + 1):
            began = time.monotonic()
            shard = f"{number}/{SHARDS}"
            run("classify", "opencv", "--models", MODEL, "--run", "shards", "--results", folder, "--shard", shard)
            times.append(time.monotonic() - began)
        return times


def run(*words: str) -> None:
    """Run a command of bench to its end."""
    command = [sys.executable, "-m", "bench.cli", *words]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode:
        raise SystemExit(f"benchmark: 'bench {' '.join(words)}' failed: see above (real weights: BENCH_WEIGHTS=FOLDER)")


def makespan(times: Sequence[float], workers: int) -> float:
    """Return when the last of so many workers is done, of whom each takes the next one as soon as it is free."""
    free = [0.0] * workers
    for each in times:
        heapq.heapreplace(free, free[0] + each)
    return max(free)


def suite(_: list[list[str]]) -> str:
    """Return what the validation images of a whole suite take, at the rates of the run that the README shows."""
    reference = read_record(ROOT / "results" / "reference" / "run" / "results.json", Results)
    times = [
        (row.load_s or 0) + (VALIDATION / SHARDS + CONTROL_IMAGES) / row.throughput_fps
        for row in reference.rows
        if row.throughput_fps
        for _ in range(SHARDS)
    ]
    text = (
        f"\n{VALIDATION:,} images × {len(times) // SHARDS} cells in {SHARDS} shards each, at the rates of "
        f"`results/reference/run` ({reference.board.model}), loading and control images included, starting a process "
        "not:\n\n"
        "| boards | hours |\n|---|---|\n"
    )
    return text + "".join(f"| {boards} | {makespan(times, boards) / 3600:.2f} |\n" for boards in (1, 4, 16))
