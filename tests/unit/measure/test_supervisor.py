"""How a measuring process ended, told from real processes that stand for the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.measure import supervisor
from bench.measure.job import Job
from bench.measure.profiles import find_profile
from bench.measure.signals import interruptible
from bench.measure.supervisor import repeat
from bench.records.schema import Repetition

PATIENT_S = 100.0
MEASURED = {"preprocess_ns": [1], "inference_ns": [9], "peak_rss_mib": 5.0, "build_info": {"version": "1"}}


@pytest.fixture
def ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Repetition]:
    """Supervise a process that runs these lines of Python, with `send` for events; return what is recorded."""

    def supervised(
        lines: str, timeout_s: float = PATIENT_S, events: list[dict[str, Any]] | None = None, openblas_core: str = ""
    ) -> Repetition:
        worker = tmp_path / "worker"
        worker.write_text(
            f"#!{sys.executable} -S\n"
            "import json, os, signal, sys, time\n"
            "read = sys.stdin.read()\n"
            "events = os.fdopen(int(sys.argv[-1]), 'w', buffering=1)\n"
            "send = lambda **event: events.write(json.dumps(event) + '\\n')\n" + textwrap.dedent(lines)
        )
        worker.chmod(0o755)
        job = Job(
            framework="opencv",
            model=tmp_path / "nin",
            images=tmp_path / "images",
            threads=3,
            profile=find_profile("smoke"),
            seed=1,
            predictions=None,
            openblas_core=openblas_core,
        )
        with monkeypatch.context() as patched:
            patched.setattr(supervisor.sys, "executable", str(worker))
            return repeat(job, 2, "call", timeout_s, (events if events is not None else []).append)

    return supervised


def test_what_a_worker_tells_is_its_record(ending: Callable[..., Repetition]) -> None:
    heard: list[dict[str, Any]] = []
    window = {"name": "timed", "begin_ns": 5, "end_ns": 15}
    record = ending(f"send(window={window})\nsend(**{MEASURED})", events=heard)
    assert (record.framework, record.model, record.repetition, record.call) == ("opencv", "nin", 2, "call")
    assert (record.status, record.error, record.log_tail, record.threads) == ("ok", None, [], 3)
    assert [window.model_dump() for window in record.windows] == [window]
    assert record.model_dump(include=set(MEASURED)) == MEASURED
    assert heard == [{"window": window}, MEASURED]


def test_a_worker_that_ends_well_and_has_measured_nothing_has_failed(ending: Callable[..., Repetition]) -> None:
    record = ending("send(enter='idle')\nprint('nothing to do')")
    assert (record.status, record.error) == ("failed", "the process ended before it had measured anything")
    assert record.log_tail == ["nothing to do"]


def test_a_worker_that_has_measured_and_then_fails_has_failed(ending: Callable[..., Repetition]) -> None:
    record = ending(f"send(**{MEASURED})\nsys.exit(7)")
    assert (record.status, record.error) == ("failed", "the process exited with code 7")


def test_what_the_worker_says_of_its_failure_counts_more_than_its_exit(ending: Callable[..., Repetition]) -> None:
    record = ending("send(failed='oom', error='MemoryError: 1 GiB')\nsys.exit(1)")
    assert (record.status, record.error) == ("oom", "MemoryError: 1 GiB")


def test_a_framework_that_is_not_here_is_unavailable(ending: Callable[..., Repetition]) -> None:
    record = ending("send(unavailable='ImportError: no caffe')")
    assert (record.status, record.error) == ("unavailable", "ImportError: no caffe")


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("SIGILL", "sigill", "SIGILL: the framework uses an instruction that this processor lacks"),
        ("SIGSEGV", "failed", "the process died of SIGSEGV"),
        ("SIGABRT", "failed", "the process died of SIGABRT"),
    ],
)
def test_a_signal_is_named(ending: Callable[..., Repetition], name: str, status: str, words: str) -> None:
    record = ending(f"os.kill(os.getpid(), signal.{name})")
    assert (record.status, record.error) == (status, words)


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [(4, 4, "failed"), (4, 5, "oom"), (None, None, "oom"), (None, 5, "oom"), (4, None, "oom")],
)
def test_a_killed_worker_was_out_of_memory_if_the_kernel_says_so_or_does_not_count(
    ending: Callable[..., Repetition],
    monkeypatch: pytest.MonkeyPatch,
    before: int | None,
    after: int | None,
    status: str,
) -> None:
    counts = iter([before, after])
    monkeypatch.setattr(supervisor, "_oom_kills", lambda: next(counts))
    record = ending("os.kill(os.getpid(), signal.SIGKILL)")
    assert record.status == status
    assert record.error is not None and record.error.startswith("SIGKILL: ")


def test_the_last_twenty_lines_of_a_failure_are_kept(ending: Callable[..., Repetition]) -> None:
    record = ending("for number in range(30): print(number, flush=True)\nsys.exit(1)")
    assert record.log_tail == [str(number) for number in range(10, 30)]


def test_a_worker_that_died_of_a_signal_without_a_name_is_a_failure_too(ending: Callable[..., Repetition]) -> None:
    record = ending("os.kill(os.getpid(), 40)")
    assert (record.status, record.error) == ("failed", "the process died of signal 40")


def test_output_of_a_worker_that_ends_well_is_not_kept(ending: Callable[..., Repetition]) -> None:
    assert ending(f"print('hello')\nsend(**{MEASURED})").log_tail == []


def test_a_silent_worker_is_ended(ending: Callable[..., Repetition]) -> None:
    record = ending("time.sleep(1000)", timeout_s=0.5)
    assert (record.status, record.error) == ("timeout", "no sign of life for 0.5 s")


def test_output_is_no_sign_of_life(ending: Callable[..., Repetition]) -> None:
    record = ending("while True: print('still here', flush=True); time.sleep(0.01)", timeout_s=0.5)
    assert record.status == "timeout"


def test_a_worker_knows_its_threads_and_this_package_from_the_environment(
    ending: Callable[..., Repetition], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONPATH")
    record = ending(f"send(build_info={{name: os.environ[name] for name in {names}}}, inference_ns=[1])")
    root = Path(__file__).parents[3]
    assert record.build_info == dict(zip(names, ("3", "3", f"{root}:/elsewhere")))


def test_a_record_longer_than_a_pipe_holds_comes_whole(ending: Callable[..., Repetition]) -> None:
    record = ending("send(preprocess_ns=list(range(100_000)), inference_ns=list(range(100_000)))")
    assert record.status == "ok"
    assert record.preprocess_ns == record.inference_ns == list(range(100_000))


def test_a_worker_s_openblas_is_told_its_core_where_there_is_one_to_tell(
    ending: Callable[..., Repetition], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    look = "send(build_info={'core': os.environ.get('OPENBLAS_CORETYPE')}, inference_ns=[1])"
    assert ending(look).build_info == {"core": None}
    assert ending(look, openblas_core="NEOVERSEN1").build_info == {"core": "NEOVERSEN1"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_worker_ends_with_an_interruption_that_comes_while_it_is_being_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupting(subprocess.Popen):  # type: ignore[type-arg]
        """A child that waits for ever, and a signal that comes before anybody knows of it."""

        def __init__(self, _: object, **options: Any) -> None:
            super().__init__(["sleep", "1000"], **options)
            started.append(self)
            os.kill(os.getpid(), number)

    monkeypatch.setattr(supervisor.subprocess, "Popen", Interrupting)
    job = Job(
        framework="opencv",
        model=tmp_path,
        images=tmp_path,
        threads=1,
        profile=find_profile("smoke"),
        seed=1,
        predictions=None,
    )
    with interruptible():
        record = repeat(job, 1, "s", 100, lambda _: None)
    assert (record.status, record.error) == ("interrupted", f"stopped by {number.name}")
    assert [process.poll() for process in started] == [-signal.SIGTERM]
