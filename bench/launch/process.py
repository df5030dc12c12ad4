"""Running a child in the foreground: it hears the same Ctrl-C, and gets the time to write down what it knows."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path


def run_foreground(command: Sequence[str], environment: dict[str, str], folder: Path) -> int:
    """Run a command to its end and return its exit code.

    Raises
    ------
    KeyboardInterrupt
        After a Ctrl-C, once the child has ended too.
    """
    with subprocess.Popen(command, env=environment, cwd=folder) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise
