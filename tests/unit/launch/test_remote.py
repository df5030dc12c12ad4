"""What is said where a board can't be reached, before anything is sent to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bench.cli.app import app
from bench.errors import UserError
from bench.launch.remote import Remote, up_on
from bench.launch.settings import Settings


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the `ssh` that is found, which lets nobody in and notes what it is asked."""
    path = tmp_path / "ssh"
    path.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\necho "Permission denied (publickey)." >&2\nexit 255\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return path


@pytest.mark.parametrize("address", ["-oProxyCommand=touch pwned", "pi@board; touch pwned", "", "a b"])
def test_what_is_no_address_never_reaches_ssh(address: str) -> None:
    with pytest.raises(UserError, match=r"is no address for SSH: write pi@raspberrypi\.local"):
        Remote(address)


def test_a_board_that_lets_nobody_in_is_told_with_the_mend(ssh: Path) -> None:
    mend = r"pi@board: Permission denied \(publickey\)\.; 'ssh-copy-id pi@board' lets you in"
    with pytest.raises(UserError, match=mend):
        up_on("pi@board", Settings(), [], Console(quiet=True))
    (asked,) = (ssh.parent / "asked").read_text().splitlines()
    assert "pi@board docker version" in asked


def test_without_ssh_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(UserError, match="there is no 'ssh' here: sudo apt install openssh-client"):
        Remote("pi@board").ask("true")


def test_a_dry_run_brings_nothing_anywhere(ssh: Path) -> None:
    done = CliRunner().invoke(app, ["up", "--on", "pi@board", "--dry-run"])
    assert isinstance(done.exception, UserError)
    assert not (ssh.parent / "asked").exists()
