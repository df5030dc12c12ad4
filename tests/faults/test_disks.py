"""Disks that are full or broken: one sentence, and what was there before stays whole."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import UserError
from bench.results.merge import merge
from bench.runs.inventory import leftovers
from tests.made.program import OFFLINE, ROOT
from tests.made.runs import made_cells, made_run

FAULTS = {
    errno.ENOSPC: "the disk is full: .* was not written; free some space and run the same command again",
    errno.EDQUOT: "the disk is full",
    errno.EIO: r"can't be written \(Input/output error\)",
    errno.EROFS: r"can't be written \(Read-only file system\)",
}


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.get)
@pytest.mark.parametrize("command", ["merge", "report"])
def test_at_whichever_file_the_disk_fails_the_former_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, fault: int
) -> None:
    folder = made_run(tmp_path / "runs", "r", made_cells()[:2], predictions=5)
    merge(folder)
    before = content(folder.path)
    written = 0
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        nonlocal written
        written += 1
        if written > good:
            raise OSError(fault, os.strerror(fault))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    for good in (0, 1, 2):
        written = 0
        done = CliRunner().invoke(app, [command, "r", "--results", str(tmp_path)])
        if written <= good:
            break  # it writes no more files than that
        assert isinstance(done.exception, UserError), done.output
        assert re.search(FAULTS[fault], str(done.exception))
        after = content(folder.path)
        assert {path: after[path] for path in before if path.name[:7] != "results"} == {
            path: found for path, found in before.items() if path.name[:7] != "results"
        }
        assert all(after[path] for path in before)
        assert leftovers(folder) == []


COMMANDS = ("merge r", "report r", "prepare --models nin", "run opencv --models nin --profile smoke", "verify r")
SIZES_KIB = (16, 300)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk; the failing fsync above is for all")
@pytest.mark.parametrize("size_kib", SIZES_KIB)
def test_a_small_disk_is_a_sentence_and_no_traceback(tmp_path: Path, size_kib: int) -> None:
    made_run(tmp_path / "runs", "r", made_cells()[:2], predictions=5)
    disk = tmp_path / "disk"
    disk.mkdir()
    bench = f"{sys.executable} -m bench.cli"
    steps = [
        f"mount -t tmpfs -o size={size_kib}k none '{disk}'",
        f"cp -r '{tmp_path}/runs' '{disk}' 2>/dev/null",
        *(f"{bench} {command} --results '{disk}'; echo code $?" for command in COMMANDS),
        f"echo left:; find '{disk}/runs' -name '.*.*'",
    ]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", "; ".join(steps)],
        cwd=ROOT,
        env={**os.environ, **OFFLINE},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("no disk can be mounted here")
    assert "Traceback" not in done.stderr + done.stdout
    codes = [int(code) for code in re.findall(r"^code (\d+)$", done.stdout, re.MULTILINE)]
    assert set(codes) <= {0, 1, 2, 3}
    assert len(codes) == len(COMMANDS)
    if size_kib < SIZES_KIB[-1]:
        assert 2 in codes
        assert "the disk is full" in done.stderr
    assert "." not in done.stdout.split("left:")[1]
