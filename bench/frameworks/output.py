"""What a framework's own code prints, kept out of what this program prints."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stdout_to(descriptor: int) -> Iterator[None]:
    """Send elsewhere (2 is standard error) whatever is written to standard output meanwhile, by C and C++ too."""
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(descriptor, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)  # C keeps its lines until later, where standard output is no terminal
        os.dup2(stdout, 1)
        os.close(stdout)
