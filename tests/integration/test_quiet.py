"""Nothing phones home: neither prepare nor a framework calls anybody, or leaves a file where none belongs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench.catalog import models
from bench.prepare.formats.caffemodel import write_caffemodel
from bench.prepare.network.architectures import architecture
from bench.prepare.network.synthetic import synthetic_weights
from tests.made.program import command
from tests.made.quiet import calls, run_alone

MODEL = "squeezenet_v1.1"

CALLERS = {
    "a connection": "import socket; socket.create_connection(('192.0.2.1', 9), 1)",
    "a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "a thread of C": "import threading, ctypes\n"
    "libc = ctypes.CDLL(None)\n"
    "address = (2).to_bytes(2, 'little') + bytes([0, 9, 192, 0, 2, 1]) + bytes(8)\n"
    "connect = lambda: libc.connect(libc.socket(2, 1, 0), address, 16)\n"
    "thread = threading.Thread(target=connect); thread.start(); thread.join()",
}


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    done = subprocess.run(["unshare", "--net", "--map-root-user", "true"], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"there are no network namespaces for this user: {done.stderr.decode().strip()}")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Weights at hand, so that preparing has nothing to download."""
    graph, file = architecture(MODEL), models()[MODEL].weights.file
    folder = tmp_path / "weights"
    (folder / MODEL).mkdir(parents=True)
    write_caffemodel(folder / MODEL / file, graph, synthetic_weights(graph, 1.0))
    digest = hashlib.sha256((folder / MODEL / file).read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  {MODEL}/{file}\n")
    return folder


def left(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*")]


@pytest.mark.parametrize("program", CALLERS.values(), ids=CALLERS)
def test_who_calls_is_noticed(program: str, tmp_path: Path) -> None:
    assert calls(run_alone([sys.executable, "-c", program], tmp_path / "home", tmp_path / "tmp").stdout)


def test_prepare_and_what_it_checks_with_call_nobody_and_leave_nothing(weights: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    for step, arguments in enumerate(
        [
            ("prepare", "--weights", weights, "--models", MODEL, "--profile", "smoke"),
            ("run", "opencv", "--models", MODEL),
            ("run", "onnxruntime", "--models", MODEL),
        ]
    ):
        home, temporary = tmp_path / f"home{step}", tmp_path / f"tmp{step}"
        done = run_alone(command(*arguments, "--results", results), home, temporary)
        assert done.returncode == 0, done.stdout + done.stderr
        assert calls(done.stdout) == {}
        assert left(home) == []
        assert left(temporary) == []
