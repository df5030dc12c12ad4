"""What the harness costs, measured where it runs: `bench run`'s own processes and a bare loop, turn and turn about.

Usage: harness.py FRAMEWORK PREPARED PAIRS IMAGES. Prints one JSON object per model.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.catalog import models
from bench.measure.job import Job
from bench.measure.supervisor import repeat
from bench.prepare.imageset import ImageSet
from bench.prepare.prepared import PreparedModel
from bench.results.schema import Profile
from bench.results.statistics import throughput

WARM_UP = 20
BARE = Path(__file__).with_name("bare.py")


def bare(framework: str, model: PreparedModel, threads: int, images: int, pixels: str) -> dict[str, float]:
    record = model.record
    arguments = [
        *(framework, model.prototxt, model.caffemodel, model.input_name, model.output_name, record.height),
        *(record.scale, ",".join(map(str, record.mean)), threads, WARM_UP, images, pixels),
    ]
    done = subprocess.run([sys.executable, BARE, *map(str, arguments)], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def harnessed(framework: str, model: PreparedModel, images: Path, threads: int, count: int) -> tuple[float, float]:
    profile = Profile(name="benchmark", idle_s=0, warmup_images=WARM_UP, timed_images=count, timed_s=0)
    job = Job(
        framework=framework,
        model=model.folder,
        images=images,
        threads=threads,
        profile=profile,
        seed=0,
        predictions=None,
    )
    record = repeat(job, 1, "benchmark", 300, lambda _: None)
    assert record.status == "ok", record.error
    assert record.peak_rss_mib is not None
    return throughput(record.preprocess_ns, record.inference_ns), record.peak_rss_mib


def supervisor_mib() -> float:
    """Return what a supervisor holds: the memory of a process that has imported the command line and the campaign."""
    program = "import bench.cli, bench.measure.campaign, bench.measure.plan, bench.report.progress\n"
    program += "print(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def main() -> None:
    framework, prepared, pairs, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    threads = len(os.sched_getaffinity(0))
    image_set = ImageSet(prepared / "images")
    parent_mib = supervisor_mib()
    with tempfile.TemporaryDirectory() as folder:
        pixels = Path(folder) / "pixels.npy"
        np.save(pixels, np.stack([image_set.read(row) for row, _ in zip(image_set.rows(), range(100))]))
        for name in models():
            model = PreparedModel(prepared / name)
            ratios, peaks = [], []
            for _ in range(pairs):
                bare_fps = bare(framework, model, threads, count, str(pixels))["fps"]
                bench_fps, worker_mib = harnessed(framework, model, prepared / "images", threads, count)
                ratios.append(bench_fps / bare_fps)
                peaks.append(worker_mib)
            needs_mib = bare(framework, model, threads, 0, "none")["peak_mib"]
            result = {
                "framework": framework,
                "model": name,
                "bench_fps": bench_fps,
                "ratio": statistics.median(ratios),
                "ratio_min": min(ratios),
                "ratio_max": max(ratios),
                "added_mib": max(peaks) + parent_mib - needs_mib,
                "framework_mib": needs_mib,
            }
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
