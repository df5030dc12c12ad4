"""Printing where the encoding lacks letters, or nobody reads any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def python(code: str, **environment: str) -> subprocess.Popen[bytes]:
    begin = "from bench.output import make_patient; make_patient(); import sys;"
    told = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(
        [sys.executable, "-c", begin + code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=told
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_letters_that_the_encoding_lacks_are_written_in_others(encoding: str) -> None:
    output, complaint = python("print('a → b … ─ ☃')", PYTHONIOENCODING=encoding).communicate()
    assert (output, complaint) == (b"a -> b ... - ?\n", b"")


def test_utf_8_stays_as_it_is() -> None:
    assert python("print('a → ☃')", PYTHONIOENCODING="utf-8").communicate()[0] == "a → ☃\n".encode()


def test_a_reader_that_has_gone_away_ends_the_output_and_not_the_program(tmp_path: Path) -> None:
    done = tmp_path / "done"
    process = python(f"input(); [print(n, flush=True) for n in range(9)]; open({str(done)!r}, 'w').close()")
    assert process.stdout
    process.stdout.close()
    process = python(
        f"import time; [(print(n, flush=True), time.sleep(0.01)) for n in range(30)]; open({str(done)!r}, 'w').close()"
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    complaint = process.stderr.read()
    assert (process.wait(), complaint, done.exists()) == (0, b"", True)


@pytest.mark.parametrize("command", ["list", "doctor"])
def test_the_command_line_prints_in_every_encoding(command: str) -> None:
    told = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.cli", command], cwd=ROOT, env=told, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
    assert done.stdout.decode("ascii")
