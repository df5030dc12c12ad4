"""`python3 tests`: sets up the development environment on first use, then passes every test."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.bootstrap import SetUpError, ensure  # noqa: E402  (the path comes first)

if __name__ == "__main__":
    try:
        python = ensure("dev")
    except SetUpError as error:
        sys.exit(f"tests: {error}")
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", "pytest", *sys.argv[1:]])
