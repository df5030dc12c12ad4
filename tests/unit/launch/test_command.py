"""`bench up` as a whole: when it stops before anything begins, and what its parts need of their computer."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.catalog.settings import PlaceSettings, PlanSettings
from bench.errors import UserError
from bench.launch import command
from bench.launch.settings import Settings
from bench.records.findings import Finding


def settings(tmp_path: Path) -> Settings:
    return Settings(place=PlaceSettings(tmp_path))


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List what `bench up` begins on a computer whose disk is full."""
    begun: list[str] = []
    full = Finding(check="disk", level="fail", found="0.1 GiB free", fix="free some space")
    monkeypatch.setattr(command, "examine", lambda *_: [full])
    monkeypatch.setattr(command, "embedded_up", lambda *_: begun.append("embedded") or 0)
    return begun


def test_up_stops_where_the_run_would_be_wasted(tmp_path: Path, launched: list[str]) -> None:
    with pytest.raises(UserError, match=r"that would waste the run \(disk\): fix it, or give --ignore-doctor"):
        command.launch(settings(tmp_path), True, False, Console(quiet=True))
    assert launched == []


def test_up_goes_on_where_the_doctor_is_to_be_ignored(tmp_path: Path, launched: list[str]) -> None:
    assert command.launch(settings(tmp_path), True, True, Console(quiet=True)) == 0
    assert launched == ["embedded"]


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(tmp_path: Path, launched: list[str]) -> None:
    console = Console(file=io.StringIO(), width=200)
    asked = Settings(PlanSettings(frameworks=["opencv"], profile="quick"), place=PlaceSettings(tmp_path))
    assert command.launch(asked, True, True, console, dry_run=True) == 0
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "To measure: 4 cells, 1 framework × 4 models, each once (profile quick)" in told
    assert "It takes at least 1 min" in told
    assert launched == []
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_needs_no_client_of_an_engine_as_it_is_asked_within_a_container_too() -> None:
    program = "import sys; sys.modules['docker'] = None; import bench.launch.doctor"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
