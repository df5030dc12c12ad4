"""A sampler that stays on the host, as a real process with real signals and locks."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from bench.board.simulated.board import identify_board
from bench.records.store import exclusive
from bench.runs.locks import announce, lock_path
from bench.runs.open import open_run
from tests.made.program import PATIENCE_S, ROOT
from tests.made.records import PLAN

SPEC = "simulated:pi4"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def staying(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    arguments = ["--follow", "--metrics", str(port), "--results", str(tmp_path)]
    command = [sys.executable, "-m", "bench.cli", "sample", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BENCH_")}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.1)


def test_it_finds_the_run_samples_the_simulated_board_and_ends_well(
    tmp_path: Path, staying: subprocess.Popen[str], port: int
) -> None:
    folder = open_run(tmp_path / "runs", PLAN, "", identify_board(SPEC))
    samples = folder.path / "samples.csv"
    with exclusive(lock_path(tmp_path / "runs"), "busy"):
        announce(folder, "opencv nin")
        wait_for(lambda: samples.exists() and samples.read_text().count("\n") > 5)
        with urlopen(f"http://localhost:{port}/metrics", timeout=PATIENCE_S) as answer:
            served = answer.read().decode()
        assert (folder.path / "board/sys/class/thermal/thermal_zone0/temp").exists()
        staying.send_signal(signal.SIGTERM)
        output, _ = staying.communicate(timeout=PATIENCE_S)
    assert staying.returncode == 0
    (record,) = folder.samplers()
    assert record.ended is not None
    assert (record.meter, record.boundary, record.invalid) == ("simulated", "simulated", 0)
    assert f"beside run {folder.run_id}." in output
    assert re.search(
        r'pi_dnn_bench_power_watts{board="simulated .*",boundary="simulated",meter="simulated"} \d', served
    )
    assert 'pi_dnn_bench_cell_info{framework="opencv",model="nin",precision="fp32",' in served
    assert not (folder.path / "board").exists()
    fields = samples.read_text().splitlines()[1].split(",")
    assert 2.7 <= float(fields[1]) <= 6.4
    assert fields[5] in ("600", "1500")
    assert fields[6] == "0x0"
