"""The house's style, checked by its tools."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


TOOLS = ["actionlint", "mypy", "ruff check", "ruff format --check", "zizmor --offline --quiet .github"]
SHELL = re.compile(rb"#!.*\b(ba|da)?sh\b")


def check(tool: str, *more: str) -> None:
    """Pass a tool of the development environment over the house."""
    name, *arguments = tool.split()
    command = [str(Path(sys.executable).parent / name), *arguments, *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_code_and_workflows_are_clean(tool: str) -> None:
    check(tool)


def shell_scripts() -> list[str]:
    """Return every tracked file that says in its first line that a shell runs it."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [name for name in tracked.split("\0") if (ROOT / name).is_file()]
    return [name for name in files if SHELL.match((ROOT / name).read_bytes()[:80])]


# What a script sources (images/toolchain/target.sh) has no first line of its own and is checked where it is sourced.
@pytest.mark.parametrize("tool", ["shellcheck --check-sourced", "shfmt --diff"])
def test_every_shell_script_is_clean(tool: str) -> None:
    scripts = shell_scripts()
    assert {".ci/run", "images/bin/bench", "images/opencv/build.sh"} <= set(scripts)
    check(tool, *scripts)


def test_the_workflows_run_nothing_but_make_targets() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = [
        call
        for workflow in (ROOT / ".github" / "workflows").glob("*.yaml")
        for line in re.findall(r"run: (.*)", workflow.read_text())
        for call in re.findall(r"\bmake (\w+)", line) or [line]
    ]
    assert len(called) >= 4
    assert set(called) <= targets
