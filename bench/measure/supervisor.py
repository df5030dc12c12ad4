"""The parent of the measuring processes: starts one per repetition, watches it, and writes down how it ended."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

import bench
from bench.board.clocks import now
from bench.measure.job import Job
from bench.measure.signals import Interrupted, let_in, put_off, signal_name
from bench.names import printable
from bench.prepare.models.prepared import model_of
from bench.records.schema import Repetition, Status, Window

LOG_LINES = 20
"""Lines of a failed process's output that its record keeps."""

GRACE_S = 5.0
"""Seconds between asking a process to end (TERM) and ending it (KILL)."""

Listener = Callable[[dict[str, Any]], None]


def repeat(job: Job, repetition: int, call: str, timeout_s: float, listen: Listener) -> Repetition:
    """Measure a cell once in a fresh process.

    Parameters
    ----------
    timeout_s : float
        Seconds without a sign of life after which the process is ended.
    listen : callable
        Is given each event of the process as it comes, for showing progress.

    Returns
    -------
    Repetition
        Whatever became of the process: a failure is a result. After `Interrupted` what is known, with that status.
    """
    record = Repetition(
        framework=job.framework,
        model=model_of(job.model),
        precision=job.precision,
        repetition=repetition,
        call=call,
        clocks=now(),
        status="ok",
        threads=job.threads,
    )
    kills_before = _oom_kills()
    log: deque[str] = deque(maxlen=LOG_LINES)
    events_end, worker_end = os.pipe()
    ending: tuple[Status, str] | None = None
    with put_off():  # a worker that nobody knows of yet would outlive its supervisor
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.measure.worker", str(os.getpid()), str(worker_end)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[worker_end],
            env=_environment(job),
            start_new_session=True,  # a Ctrl-C on the terminal is for the supervisor alone
        )
        os.close(worker_end)
        try:
            with let_in():
                assert process.stdin is not None
                process.stdin.write(job.model_dump_json().encode())
                process.stdin.close()
                if not _follow(process, events_end, record, log, timeout_s, listen):
                    ending = "timeout", f"no sign of life for {timeout_s:g} s"
        except BrokenPipeError:
            pass  # it died before it read its job: its exit tells how
        except Interrupted as interruption:
            ending = "interrupted", f"stopped by {interruption}"
        finally:
            _end(process)
            os.close(events_end)
            if process.stdout is not None:
                process.stdout.close()
    if ending is None and record.status == "ok":
        ending = _judge_exit(process.returncode, record, kills_before)
    if ending is not None:
        record.status, record.error = ending
    record.error = printable(record.error) if record.error else record.error
    if record.status != "ok":
        record.log_tail = list(log)
    return record


def _follow(
    process: subprocess.Popen[bytes],
    events_end: int,
    record: Repetition,
    log: deque[str],
    timeout_s: float,
    listen: Listener,
) -> bool:
    """Take in events and output until the process closes both; False if it fell silent for too long."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        rest = {events_end: b"", process.stdout.fileno(): b""}
        for descriptor in rest:
            selector.register(descriptor, selectors.EVENT_READ)
        deadline = time.monotonic() + timeout_s
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready:
                return False
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fd)
                *lines, rest[key.fd] = (rest[key.fd] + chunk).split(b"\n")
                if key.fd != events_end:
                    log.extend(line.decode(errors="replace") for line in lines)
                    continue
                deadline = time.monotonic() + timeout_s
                for line in lines:
                    event = json.loads(line)
                    _take(event, record)
                    listen(event)
    process.wait()
    return True


def _take(event: dict[str, Any], record: Repetition) -> None:
    """Enter an event into the record."""
    if "window" in event:
        record.windows.append(Window(**event["window"]))
    elif "failed" in event:
        record.status, record.error = event["failed"], event["error"]
    elif "unavailable" in event:
        record.status, record.error = "unavailable", event["unavailable"]
    else:
        for field in event.keys() & Repetition.model_fields.keys():
            setattr(record, field, event[field])


def _judge_exit(code: int, record: Repetition, kills_before: int | None) -> tuple[Status, str] | None:
    """Tell from the exit code how a process ended that reported no failure itself; None if it ended well."""
    if code == 0:
        did_something = record.inference_ns or record.predictions_sha256
        return None if did_something else ("failed", "the process ended before it had measured anything")
    if code > 0:
        return "failed", f"the process exited with code {code}"
    name = signal_name(-code)
    if -code == signal.SIGILL:
        return "sigill", f"{name}: the framework uses an instruction that this processor lacks"
    if -code == signal.SIGKILL:
        kills = _oom_kills()
        if kills is None or kills_before is None or kills > kills_before:
            return "oom", f"{name}: the kernel ended the process for want of memory"
        return "failed", f"{name}: the process was killed from outside (the kernel counted no out-of-memory kill)"
    return "failed", f"the process died of {name}"


def _oom_kills() -> int | None:
    """Return how many processes the kernel has killed for want of memory since boot; None where it does not count."""
    for line in Path("/proc/vmstat").read_text(encoding="utf-8").splitlines():
        if line.startswith("oom_kill "):
            return int(line.split()[1])
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that has not ended well, and what it has started: TERM, and KILL after the grace period."""
    if process.poll() == 0:
        return
    _signal_group(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)  # it leads a session of its own


def _environment(job: Job) -> dict[str, str]:
    """Return the environment of a worker: this package's, and what native libraries read when they are loaded."""
    path = os.pathsep.join(filter(None, [str(Path(bench.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    native = {name: str(job.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    if job.openblas_core:
        native["OPENBLAS_CORETYPE"] = job.openblas_core
    return {**os.environ, "PYTHONPATH": path, **native}
