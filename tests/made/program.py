"""The program as a user starts it, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OFFLINE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
MODELS = ("nin", "squeezenet_v1.1")

PATIENCE_S = 3600
"""What has not happened by then never will: however slow the machine, no test depends on being faster."""

needs_make = pytest.mark.skipif(
    shutil.which("make") is None and not os.environ.get("BENCH_REQUIRE_ENGINE"), reason="make is not installed"
)
"""A new user's machine may lack it; the gate's may not."""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bench", *map(str, arguments)]


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **OFFLINE}
    return subprocess.run(
        command(*arguments), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def run_smoke(results: Path, *more: object) -> list[str]:
    names = ",".join(MODELS)
    return command("run", "opencv", "--profile", "smoke", "--models", names, "--results", results, *more)


def worker_of(process: subprocess.Popen[str]) -> int:
    """Wait for the process that measures the first cell; return its number."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        for child in children.read_text().split():
            with suppress(OSError):  # it has ended since
                if b"bench.measure.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        time.sleep(0.02)
    raise AssertionError("it ended before a worker appeared")
