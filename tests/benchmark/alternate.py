"""What the harness costs, measured where it runs: `bench run`'s own worker and a bare loop, turn and turn about.

Usage: alternate.py FRAMEWORK PREPARED SECONDS. Prints one JSON object per model.

The worker knows nothing of it: it is stopped (SIGSTOP) while the bare loop has its turn. The one image that a stop
falls into is left out.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np

from bench.catalog.suites import find_suite
from bench.measure.job import Job
from bench.measure.supervisor import repeat
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
from bench.records.run import Profile
from bench.records.schema import Repetition

from turns import Bare, speed_ratio

TURN_S = 0.4
BARE = [sys.executable, str(Path(__file__).with_name("bare.py"))]


class Alternation:
    """Stops the worker and lets the bare loop run, time and again, while the worker's timed window lasts."""

    def __init__(self, bare: Bare, bystanders: set[int]) -> None:
        self._bare = bare
        self._bystanders = bystanders
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._alternate)
        self.bare_turns: list[list[int]] = []

    def listen(self, event: dict[str, Any]) -> None:
        """Begin and end with the timed window, of which the supervisor's events tell."""
        if event.get("enter") == "timed":
            self._thread.start()
        elif event.get("window", {}).get("name") == "timed":
            self._ended.set()

    def join(self) -> None:
        self._ended.set()
        self._thread.join()

    def _alternate(self) -> None:
        (worker,) = children() - self._bystanders
        while not self._ended.wait(TURN_S):
            os.kill(worker, signal.SIGSTOP)
            try:
                self.bare_turns.append(self._bare.images(TURN_S))
            finally:
                os.kill(worker, signal.SIGCONT)


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def worker_turns(record: Repetition) -> list[list[int]]:
    """Return the times per image in each of the worker's turns, which the stops divide."""
    turns: list[list[int]] = [[]]
    for total in map(sum, zip(record.preprocess_ns, record.inference_ns)):
        if total > TURN_S * 1e9:
            turns.append([])
        else:
            turns[-1].append(total)
    return turns


def measure(framework: str, model: PreparedModel, images: Path, pixels: str, seconds: float) -> dict[str, object]:
    threads = len(os.sched_getaffinity(0))
    job: dict[str, object] = {
        "framework": framework,
        "model": str(model.folder),
        "converted": str(converted(framework, model)),
        "pixels": pixels,
        "threads": threads,
        "adapter": False,
    }
    profile = Profile(name="benchmark", idle_s=0, warmup_images=20, timed_images=1, timed_s=seconds)
    worker_job = Job(
        framework=framework,
        model=model.folder,
        images=images,
        threads=threads,
        profile=profile,
        seed=0,
        predictions=None,
    )
    bare = Bare(BARE, job)
    alternation = Alternation(bare, children())
    record = repeat(worker_job, 1, "benchmark", 300, alternation.listen)
    alternation.join()
    bare.close()
    assert record.status == "ok", record.error
    turns = [turn for turn in zip(worker_turns(record), alternation.bare_turns) if all(turn)]
    alone = Bare(BARE, {**job, "pixels": None})
    framework_mib = alone.peak_mib
    alone.close()
    assert record.peak_rss_mib is not None
    times = [time for turn, _ in turns for time in turn]
    return {
        "framework": framework,
        "model": model.name,
        "images_per_s": len(times) / sum(times) * 1e9,
        "ratio": str(speed_ratio(turns)),
        "turns": len(turns),
        "framework_mib": framework_mib,
        "added_mib": record.peak_rss_mib + supervisor_mib() - framework_mib,
    }


def converted(framework: str, model: PreparedModel) -> Path:
    """Convert a model in a process of its own; return the folder, or the model's for a framework that needs none."""
    subprocess.run([sys.executable, "-m", "bench.frameworks.conversion", framework, str(model.folder)], check=True)
    return next(model.cache.glob(f"{framework}-*"), model.folder)


def supervisor_mib() -> float:
    """Return what a supervisor holds: the memory of a process that has imported the command line and the campaign."""
    program = "import bench.cli, bench.measure.campaign, bench.measure.plan, bench.report.terminal.progress\n"
    program += "print(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def main() -> None:
    framework, prepared, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    image_set = ImageSet(prepared / "images")
    with tempfile.TemporaryDirectory() as folder:
        pixels = Path(folder) / "pixels.npy"
        np.save(pixels, np.stack([image_set.read(row) for row, _ in zip(image_set.rows(), range(20))]))
        for name in (model.name for model in find_suite().models()):
            result = measure(framework, PreparedModel(prepared / name), prepared / "images", str(pixels), seconds)
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
