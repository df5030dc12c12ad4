"""What a clone answers before anything is set up in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "bench", tmp_path / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copytree(ROOT / "images", tmp_path / "images")
    return tmp_path


def typed(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `python3 -m bench` with the standard library alone."""
    command = [sys.executable, "-S", "-m", "bench", *words]
    return subprocess.run(command, cwd=clone, env={}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("word", ["-V", "--version"])
def test_it_tells_its_version_and_installs_nothing(clone: Path, word: str) -> None:
    done = typed(clone, word)
    assert (done.stdout, done.stderr, done.returncode) == (f"bench {__version__}\n", "", 0)
    assert not (clone / ".venvs").exists()


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["up", "--help"]])
def test_its_help_says_what_the_first_command_does_and_installs_nothing(clone: Path, words: list[str]) -> None:
    done = typed(clone, *words)
    assert "installs what bench needs into .venvs/host" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert (done.stderr, done.returncode) == ("", 0)
    assert not (clone / ".venvs").exists()


def test_ctrl_c_while_setting_up_is_a_sentence(clone: Path) -> None:
    with (clone / "bench" / "bootstrap.py").open("a") as file:
        file.write("\n\ndef ensure(name, *locks):\n    raise KeyboardInterrupt\n")
    done = typed(clone, "list")
    assert done.stderr == "\nbench: stopped while setting up; the same command begins that anew\n"
    assert done.returncode == 130


def test_ctrl_c_before_it_has_begun_ends_it_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "bench", "list"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", -signal.SIGINT)


def test_what_can_t_be_set_up_is_a_sentence_and_no_failed_cell(clone: Path) -> None:
    with (clone / "bench" / "bootstrap.py").open("a") as file:
        file.write("\n\ndef find_spec(name):\n    return None\n")
    done = typed(clone, "list")
    assert done.stderr == (
        "bench: this Python can't make virtual environments: on Debian, Ubuntu and Raspberry Pi OS "
        "'sudo apt install python3-venv', then the same command again\n"
    )
    assert (done.stdout, done.returncode) == ("", 2)


def test_the_tests_can_t_be_set_up_in_the_same_sentence(clone: Path) -> None:
    with (clone / "bench" / "bootstrap.py").open("a") as file:
        file.write("\n\ndef find_spec(name):\n    return None\n")
    (clone / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "__main__.py", clone / "tests")
    done = subprocess.run(
        [sys.executable, "-S", "tests"], cwd=clone, env={}, capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("tests: this Python can't make virtual environments: on Debian")
    assert (done.stdout, done.returncode) == ("", 2)


def test_an_old_python_is_told_which_is_new_enough_and_what_needs_none(clone: Path) -> None:
    with (clone / "bench" / "bootstrap.py").open("a") as file:
        file.write("\n\nOLDEST = (9, 9)\n")
    done = typed(clone, "list")
    assert done.stderr.endswith(
        "is too old: use 9.9 or newer, which Debian 12 has, or Docker without Python: docker compose up\n"
    )
    assert (done.stdout, done.returncode) == ("", 2)
