"""`python3 tests`: sets up the development environment on first use, then passes every test."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.bootstrap import ensure_or_end  # noqa: E402  (the path comes first)

PROCESSES = min((os.cpu_count() or 1) + 1, 4)
"""One more than there are cores, for a benchmark waits as often as it computes; `-n 0` has all tests in one process."""

AT_ONCE = (f"--numprocesses={PROCESSES}", "--dist=loadscope", "--no-loadscope-reorder")
"""Of pytest-xdist: how tests are shared out, conftest.py says."""

if __name__ == "__main__":
    python = ensure_or_end("dev", "tests")
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", "pytest", *AT_ONCE, *sys.argv[1:]])
