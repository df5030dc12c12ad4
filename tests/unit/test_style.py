"""The house's style, checked by its tools."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


TOOLS = ["actionlint", "mypy", "ruff check", "ruff format --check", "zizmor --offline --quiet .github"]


@pytest.mark.parametrize("tool", TOOLS)
def test_code_and_workflows_are_clean(tool: str) -> None:
    name, *arguments = tool.split()
    command = [str(Path(sys.executable).parent / name), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


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
