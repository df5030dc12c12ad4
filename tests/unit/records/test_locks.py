"""Locks on odd file systems and through links."""

from __future__ import annotations

import errno
import fcntl
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.measure.pause import SamplerPause
from bench.records.store import exclusive


def _held(path: Path) -> AbstractContextManager[int]:
    return exclusive(path, "busy")


def test_nothing_is_locked_or_emptied_through_a_symbolic_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("ours")
    link = tmp_path / ".lock"
    link.symlink_to(precious)
    with pytest.raises(UserError, match="is a symbolic link, and nothing is written through one"), _held(link):
        pass
    with pytest.raises(UserError, match="is a symbolic link"), SamplerPause(link) as pause:
        pause.event({"enter": "unsampled"})
    assert precious.read_text() == "ours"


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(UserError, match=r"can't be locked \(No locks available\).*local disk"), _held(tmp_path / "l"):
        pass
