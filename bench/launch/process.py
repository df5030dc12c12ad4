"""Running children: one in the foreground, which hears the same Ctrl-C, and a sampler beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.power.sampling.process import end


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
