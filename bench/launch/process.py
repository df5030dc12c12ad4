"""Running children: one that is asked, one in the foreground, which hears the same Ctrl-C, a sampler beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.power.sampling.process import end

ANSWER_S = 20


def ask(command: Sequence[str]) -> tuple[str, str]:
    """Return what a command printed, nothing if it failed, and what it complained of."""
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_S, check=False)
    except OSError as error:
        return "", error.strerror or str(error)
    except subprocess.TimeoutExpired:
        return "", f"no answer within {ANSWER_S} s"
    return (asked.stdout.strip() if asked.returncode == 0 else ""), asked.stderr


def run_foreground(command: Sequence[str], environment: dict[str, str], folder: Path) -> int:
    """Run a command to its end and return its exit code; after a signal it gets the time to write what it knows.

    Raises
    ------
    KeyboardInterrupt, SystemExit
        After a Ctrl-C, which the child hears too, or another signal, once the child has ended.
    """
    with subprocess.Popen(command, env=environment, cwd=folder) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise
        except SystemExit:
            process.terminate()
            process.wait()
            raise


@contextmanager
def sampler(environment: dict[str, str], *options: str) -> Iterator[None]:
    """Run `bench sample` on this computer within the block."""
    command = [sys.executable, "-m", "bench.cli", "sample", *options]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        yield
    finally:
        end(process)
