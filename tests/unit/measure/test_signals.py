from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.measure import worker
from bench.measure.signals import Interrupted, interruptible, let_in, put_off
from bench.records.files import write_atomic
from tests.made.program import PATIENCE_S


def test_what_is_put_off_comes_when_it_is_let_in() -> None:
    reached = []
    with interruptible(), pytest.raises(Interrupted, match="SIGHUP"), put_off():
        signal.raise_signal(signal.SIGHUP)
        reached.append("after it came")
        with let_in():
            reached.append("never")
    assert reached == ["after it came"]


def test_what_is_put_off_comes_at_the_latest_at_the_end() -> None:
    reached = []
    with interruptible(), pytest.raises(Interrupted, match="SIGTERM"), put_off():
        with put_off():
            signal.raise_signal(signal.SIGTERM)
        reached.append("after the inner block")
    assert reached == ["after the inner block"]


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, former)


def test_a_signal_while_a_file_is_written_waits_until_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def interrupting(descriptor: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupting)
    with interruptible(), pytest.raises(Interrupted):
        write_atomic(tmp_path / "record.json", b"whole")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"record.json": b"whole"}


def test_a_worker_dies_with_its_supervisor(tmp_path: Path) -> None:
    child = f"import os, time; from bench.measure import worker; worker._die_with(os.getppid()); {_SAY_AND_SLEEP}"
    parent = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}, sys.argv[1]],"
        " start_new_session=True); time.sleep(3600)"
    )
    ready = tmp_path / "ready"
    supervisor = subprocess.Popen([sys.executable, "-c", parent, str(ready)], env={**os.environ, "PYTHONPATH": _ROOT})
    _wait(ready.exists)
    worker_id = int(ready.read_text())
    supervisor.kill()
    supervisor.wait()
    _wait(lambda: _is_gone(worker_id))


def test_a_worker_whose_supervisor_is_gone_before_it_begins_measures_nothing() -> None:
    begun = "from bench.measure import worker; worker._die_with(1 << 30); print('measuring')"
    done = subprocess.run([sys.executable, "-c", begun], capture_output=True, env={**os.environ, "PYTHONPATH": _ROOT})
    assert (done.returncode, done.stdout) == (1, b"")


_ROOT = str(Path(worker.__file__).parents[2])
_SAY_AND_SLEEP = (
    "import sys; f = open(sys.argv[1] + '.new', 'w'); f.write(str(os.getpid())); f.close(); "
    "os.rename(f.name, sys.argv[1]); time.sleep(3600)"
)


def _wait(until) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_gone(process: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True
