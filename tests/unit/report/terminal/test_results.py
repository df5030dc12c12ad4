"""What stands on the terminal beside the table: nothing of what is still to come, and lines that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.records.findings import Finding
from bench.report.terminal import results as module
from bench.report.terminal.messages import Messages
from bench.report.terminal.results import merge_and_print
from bench.runs.folder import RunFolder
from bench.runs.outcome import Exit
from tests.made.runs import MadeCell, made_run


@pytest.fixture
def half(tmp_path: Path) -> RunFolder:
    """Return a run of two frameworks, of which one has been measured."""
    folder = made_run(tmp_path / "runs", cells=[MadeCell("opencv", "nin"), MadeCell("caffe", "nin")])
    (folder.path / "cells" / "caffe" / "nin" / "rep-01.json").unlink()
    folder.write_examination([Finding(check="disk", level="ok", found="20.4 GiB free")])
    return folder


def printed(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> tuple[Exit, str]:
    console = Messages()
    code = merge_and_print(folder, console, end=False)
    return code, capsys.readouterr().out


def test_a_run_that_goes_on_shows_what_was_measured_and_calls_nothing_interrupted(
    half: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "goes_on", lambda _: True)
    code, shown = printed(half, capsys)
    assert code == Exit.OK
    assert "OpenCV" in shown
    assert "So far: 1 of 2 cells; the others follow." in shown
    assert [word for word in ("interrupted", "Caffe", "Doctor", "On this board use") if word in shown] == []


def test_a_run_that_has_stopped_says_what_is_missing(half: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = printed(half, capsys)
    assert code == Exit.SOME_FAILED
    assert [word for word in ("interrupted", "Caffe", "Doctor", "On this board use") if word not in shown] == []
