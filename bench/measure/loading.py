"""What comes before anything is measured: the framework, its network, and whether it computes as it was told to."""

from __future__ import annotations

from typing import Any

from bench import catalog, frameworks
from bench.frameworks.conversion import ensure_converted
from bench.measure.events import Events
from bench.measure.job import Job
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
from bench.records.schema import Precision

CONVERSION_S = 1800.0
"""A framework may be so long about its own form of a model: ExecuTorch's export takes minutes on a Pi."""


def opened(job: Job, events: Events) -> tuple[frameworks.Adapter, PreparedModel, ImageSet] | None:
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
    why = lacking(framework, entry, job.precision) or prepared.why_not(entry.reads)
    if why:
        events.send(unavailable=why)
        return None
    with events.alive(CONVERSION_S):
        ensure_converted(job.framework, framework, prepared)
    return framework, prepared, ImageSet(job.images)


def lacking(framework: frameworks.Adapter, entry: catalog.Framework, precision: Precision) -> str | None:
    """Return why a framework can't compute in a precision here; None if it can."""
    why = entry.why_not(precision)
    if why is None and precision == "fp16" and isinstance(framework, frameworks.Halving) and not framework.has_half():
        why = f"{entry.title} finds no arithmetic of float16 in this processor, as Cortex-A76 has (asimdhp)"
    return why


def loaded(framework: frameworks.Adapter, prepared: PreparedModel, job: Job) -> frameworks.Session:
    """Load the network to be computed in the job's precision; raises what the framework raises."""
    if job.precision == "fp16" and isinstance(framework, frameworks.Halving):
        return framework.load_half(prepared, job.threads)
    return framework.load(prepared, job.threads)


def described(framework: frameworks.Adapter, session: frameworks.Session, job: Job) -> dict[str, Any]:
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
