"""The process that measures one repetition of one cell, and reports each step as a line of JSON to its supervisor."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import catalog, frameworks
from bench.board.utilisation import OtherLoad
from bench.errors import UserError
from bench.frameworks.conversion import ensure_converted
from bench.measure.classify import classify, control
from bench.measure.job import HEARTBEAT_S, Job
from bench.measure.simulated_pace import Slowed
from bench.prepare.images.imageset import ImageSet
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import PreparedModel
from bench.records.schema import Precision, WindowName

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray

IMAGES_IN_MEMORY = 20
"""The timed window cycles over this many images: speed does not depend on the pixels, but memory on their number."""

_PR_SET_PDEATHSIG = 1  # of linux/prctl.h

SAMPLER_EDGE_S = 1.0
"""Between a pause of the sampler and the windows beside it, which it samples up to their edges and beyond."""


CONVERSION_S = 1800.0
"""A framework may be so long about its own form of a model: ExecuTorch's export takes minutes on a Pi."""


class Events:
    """The way back to the supervisor: one JSON object a line.

    Parameters
    ----------
    descriptor : int
        A pipe that nothing else in this process writes to, whatever a framework prints.

    Attributes
    ----------
    heartbeat_s
        Where anything happens at all, a sign of life at least this often: the supervisor tells slow from hung by it.
    """

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8")
        self._last_ns = time.monotonic_ns()
        self.heartbeat_s = HEARTBEAT_S

    def send(self, **event: Any) -> None:
        """Send one event."""
        self._file.write(json.dumps(event) + "\n")
        self._last_ns = time.monotonic_ns()

    def progress(self, done: int, total: int, unit: str = "images") -> None:
        """Tell how far the window is, unless something was sent a moment ago."""
        if time.monotonic_ns() - self._last_ns > self.heartbeat_s * 1e9:
            self.send(done=done, total=total, unit=unit)

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, and show now and then that this is meant."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            time.sleep(min(left_s, self.heartbeat_s))
            self.progress(round(seconds - left_s), round(seconds), "s")

    @contextmanager
    def alive(self, seconds: float) -> Iterator[None]:
        """Give signs of life in place of a block that has none, for so long at most."""
        began, ended = time.monotonic(), threading.Event()

        def show() -> None:
            while not ended.wait(self.heartbeat_s) and time.monotonic() - began < seconds:
                self.send(done=round(time.monotonic() - began), total=round(seconds), unit="s")

        thread = threading.Thread(target=show)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def idle(self, seconds: float) -> float | None:
        """Do nothing for so long, as a window; return which share of the processor something else took meanwhile."""
        others = OtherLoad()
        with self.window("idle"):
            self.wait(seconds)
        return others()

    @contextmanager
    def window(self, name: WindowName) -> Iterator[None]:
        """Mark a window around a block."""
        self.send(enter=name)
        begin_ns = time.monotonic_ns()
        yield
        self.send(window={"name": name, "begin_ns": begin_ns, "end_ns": time.monotonic_ns()})


def measure(job: Job, events: Events) -> None:
    """Measure one repetition.

    Raises
    ------
    UserError
        If the prepared model or the images are not what they should be.
    """
    opened = _opened(job, events)
    if opened is None:
        return
    framework, prepared, images = opened
    profile = job.profile
    pixels = [images.read(row) for row in islice(images.rows(), min(IMAGES_IN_MEMORY, profile.timed_images))]

    busy = [events.idle(profile.idle_s)]
    with events.window("load"):
        begin_ns = time.perf_counter_ns()
        session = _loaded(framework, prepared, job)
        load_ns = time.perf_counter_ns() - begin_ns
    info = _described(framework, session, job)

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
    opened = _opened(job, events)
    if opened is None:
        return
    framework, prepared, images = opened
    events.send(enter="loading")
    session = _loaded(framework, prepared, job)
    events.send(build_info=_described(framework, session, job))
    events.send(enter="classification")
    control(session, prepared, images, job, events)
    classify(session, prepared, images, job, events)


def _opened(job: Job, events: Events) -> tuple[frameworks.Adapter, PreparedModel, ImageSet] | None:
    """Import the framework and verify what it works on; None if it can't be had here, which is told."""
    try:
        framework = frameworks.adapter(job.framework)
    except ImportError as error:
        events.send(unavailable=f"{type(error).__name__}: {error}")
        return None
    events.heartbeat_s = job.heartbeat_s
    events.send(enter="conversion")  # no window: nothing of it is measured, but it can take a minute
    prepared = PreparedModel(job.model)
    prepared.verify()
    record = prepared.record
    events.send(weights=record.weights, weights_sha256=record.provenance.weights_sha256, model_bytes=prepared.size)
    entry = catalog.frameworks()[job.framework]
    lacking = _lacking(framework, entry, job.precision) or prepared.why_not(entry.reads)
    if lacking:
        events.send(unavailable=lacking)
        return None
    with events.alive(CONVERSION_S):
        ensure_converted(job.framework, framework, prepared)
    return framework, prepared, ImageSet(job.images)


def _lacking(framework: frameworks.Adapter, entry: catalog.Framework, precision: Precision) -> str | None:
    """Return why a framework can't compute in a precision here; None if it can."""
    why = entry.why_not(precision)
    if why is None and precision == "fp16" and isinstance(framework, frameworks.Halving) and not framework.has_half():
        why = f"{entry.title} finds no arithmetic of float16 in this processor, as Cortex-A76 has (asimdhp)"
    return why


def _loaded(framework: frameworks.Adapter, prepared: PreparedModel, job: Job) -> frameworks.Session:
    if job.precision == "fp16" and isinstance(framework, frameworks.Halving):
        return framework.load_half(prepared, job.threads)
    return framework.load(prepared, job.threads)


def _described(framework: frameworks.Adapter, session: frameworks.Session, job: Job) -> dict[str, Any]:
    """Return what the framework reports; raises RuntimeError if threads or numbers are not those asked for."""
    info = frameworks.describe(framework, session)
    if "threads" not in info:
        raise RuntimeError(f"the adapter of {job.framework} lacks 'threads' in build_info() and its session's report()")
    if info["threads"] not in (None, job.threads):
        raise RuntimeError(f"{job.framework} runs on {info['threads']} threads, but {job.threads} were asked for")
    if job.precision == "int8" and not info["computed_in"]["int8"]:
        raise RuntimeError(f"{job.framework} computes in float what was prepared in int8")
    if info.get("half", False) != (job.precision == "fp16"):
        raise RuntimeError(f"{job.framework} does not compute in {job.precision}, as it was told to")
    return info


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
