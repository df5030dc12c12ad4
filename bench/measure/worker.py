"""The process that measures one repetition of one cell, and reports each step as a line of JSON to its supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import frameworks
from bench.board.utilisation import OtherLoad
from bench.errors import UserError
from bench.measure.classify import classify, control
from bench.measure.events import Events
from bench.measure.job import Job
from bench.measure.loading import described, loaded, opened
from bench.measure.simulated_pace import Slowed
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import PreparedModel

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray

IMAGES_IN_MEMORY = 20
"""The timed window cycles over this many images: speed does not depend on the pixels, but memory on their number."""

_PR_SET_PDEATHSIG = 1  # of linux/prctl.h

SAMPLER_EDGE_S = 1.0
"""Between a pause of the sampler and the windows beside it, which it samples up to their edges and beyond."""


def measure(job: Job, events: Events) -> None:
    """Measure one repetition.

    Raises
    ------
    UserError
        If the prepared model or the images are not what they should be.
    """
    found = opened(job, events)
    if found is None:
        return
    framework, prepared, images = found
    profile = job.profile
    pixels = [images.read(row) for row in islice(images.rows(), min(IMAGES_IN_MEMORY, profile.timed_images))]

    busy = [events.idle(profile.idle_s)]
    with events.window("load"):
        begin_ns = time.perf_counter_ns()
        session = loaded(framework, prepared, job)
        load_ns = time.perf_counter_ns() - begin_ns
    info = described(framework, session, job)

    begin_ns = time.perf_counter_ns()
    session.infer(preprocess(pixels[0], prepared.record))
    events.send(load_ns=load_ns, first_inference_ns=time.perf_counter_ns() - begin_ns)

    if job.board is not None and job.max_mhz is not None:
        session = Slowed(session, job.board, job.max_mhz)

    with events.window("warm-up"):
        clock(session, prepared, pixels, profile.warmup_images, profile.warmup_s, events)
    if job.unsampled == "before":
        measure_unsampled(session, prepared, pixels, job, events)

    others = OtherLoad()
    with events.window("timed"):
        preprocess_ns, inference_ns = clock(session, prepared, pixels, profile.timed_images, profile.timed_s, events)
    # Read before classifying: streaming the labelled images is the harness's own memory.
    events.send(
        timed_load=others(),
        preprocess_ns=preprocess_ns,
        inference_ns=inference_ns,
        peak_rss_mib=peak_rss_mib(),
        build_info=info,
    )
    if job.unsampled == "after":
        measure_unsampled(session, prepared, pixels, job, events)

    busy.append(events.idle(profile.idle_s))  # again, warm: the mean of both is the baseline of what the window took
    events.send(idle_load=max((load for load in busy if load is not None), default=None))

    if job.predictions is not None and prepared.record.weights != "synthetic" and images.labelled:
        with events.window("accuracy"):
            classify(session, prepared, images, job, events)


def classify_share(job: Job, events: Events) -> None:
    """Classify the job's share of the labelled images, and those that every share has; raises like `measure`."""
    found = opened(job, events)
    if found is None:
        return
    framework, prepared, images = found
    events.send(enter="loading")
    session = loaded(framework, prepared, job)
    events.send(build_info=described(framework, session, job))
    events.send(enter="classification")
    control(session, prepared, images, job, events)
    classify(session, prepared, images, job, events)


def measure_unsampled(
    session: frameworks.Session, prepared: PreparedModel, pixels: list[NDArray[np.uint8]], job: Job, events: Events
) -> None:
    """Measure while the sampler pauses, as long as it is sure to."""
    events.wait(SAMPLER_EDGE_S)
    with events.window("unsampled"):
        times_ns = clock(session, prepared, pixels, 1, job.profile.unsampled_s, events)
    events.send(unsampled_ns=list(map(sum, zip(*times_ns))))
    events.wait(SAMPLER_EDGE_S)


def clock(
    session: frameworks.Session,
    prepared: PreparedModel,
    pixels: list[NDArray[np.uint8]],
    images: int,
    seconds: float,
    events: Events,
) -> tuple[list[int], list[int]]:
    """Return the nanoseconds of preprocessing and of inference of each image: so many images and so long at least."""
    preprocess_ns: list[int] = []
    inference_ns: list[int] = []
    began_ns = time.perf_counter_ns()
    until_ns = began_ns + int(seconds * 1e9)
    while len(inference_ns) < images or time.perf_counter_ns() < until_ns:
        image = pixels[len(inference_ns) % len(pixels)]
        begin_ns = time.perf_counter_ns()
        blob = preprocess(image, prepared.record)
        middle_ns = time.perf_counter_ns()
        session.infer(blob)
        end_ns = time.perf_counter_ns()
        preprocess_ns.append(middle_ns - begin_ns)
        inference_ns.append(end_ns - middle_ns)
        elapsed_s = (end_ns - began_ns) / 1e9
        if len(inference_ns) * seconds < elapsed_s * images:  # what it waits for longer: the images, or the seconds
            events.progress(len(inference_ns), images)
        else:
            events.progress(round(min(elapsed_s, seconds)), round(seconds), "s")
    return preprocess_ns, inference_ns


def peak_rss_mib() -> float:
    """Return this process's largest resident memory so far, in MiB (VmHWM, which unlike ru_maxrss starts at exec)."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def _die_with(supervisor: int) -> None:
    """Let the kernel kill this process as soon as its supervisor is gone: none measures beside the next one's."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:  # it was gone before
        sys.exit(1)


def main() -> None:
    """Measure the job given on standard input; the arguments are its supervisor's process and the events' pipe."""
    _die_with(int(sys.argv[1]))
    events = Events(int(sys.argv[2]))
    with suppress(OSError):  # should memory run out, the kernel kills this process and not the supervisor
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="utf-8")
    try:
        job = Job.model_validate_json(sys.stdin.read())
        (measure if job.share is None else classify_share)(job, events)
    except MemoryError as error:
        events.send(failed="oom", error=f"MemoryError: {error}")
    except UserError as error:
        events.send(failed="failed", error=str(error))
    except Exception as error:
        events.send(failed="failed", error=f"{type(error).__name__}: {error}")
        raise


if __name__ == "__main__":
    main()
