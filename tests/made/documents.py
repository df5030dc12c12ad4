"""The documents of the project, and the commands that they show."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Shown(NamedTuple):
    """A command that a document shows in a block of shell."""

    document: str
    command: str


def documents() -> list[Path]:
    """Return every tracked Markdown document."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def shown_commands() -> list[Shown]:
    """Return every command of every block of shell, once, in order."""
    found = [
        Shown(str(document.relative_to(ROOT)), command)
        for document in documents()
        for block in re.findall(r"^```(?:sh|bash|console)\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)
        for command in _commands(block)
    ]
    return list({shown.command: shown for shown in reversed(found)}.values())[::-1]


def _commands(block: str) -> Iterator[str]:
    for line in block.replace("\\\n", " ").splitlines():
        command = re.sub(r"\s+#\s.*", "", line).strip()
        if command and not command.startswith("#"):
            yield command


def anchors(document: Path) -> set[str]:
    """Return the names by which the document's headings can be linked to, as a forge makes them."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document: Path) -> list[str]:
    """Return what a document links to and shows, addresses elsewhere excepted."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [target for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", text) if "://" not in target]


NOT_RUN = {
    "cd pi-dnn-bench": "says where the next command is typed",
    ".venvs/dev/bin/uv build": "tests/integration/test_installed.py builds, checks and installs it",
    "python3 tests": "is what runs this",
    "python3 tests tests/unit": "is what runs this",
    "python3 tests/benchmark/sampler.py": "says how busy the machine is: `make benchmark` runs it",
    **dict.fromkeys(
        [
            "ansible-playbook -i examples/fleet/inventory.ini examples/fleet/setup.yaml",
            "python3 -m bench fleet doctor",
            "python3 -m bench fleet run --run sept --profile full --no-accuracy",
            "python3 -m bench fleet status --run sept",
            "python3 -m bench fleet accuracy --run sept --frameworks opencv --shards 64",
            "python3 -m bench fleet collect --run sept",
            "python3 -m bench fleet report --run sept",
        ],
        "needs boards that Slurm knows; tests/integration/test_fleet.py plays four",
    ),
    "python3 -m bench classify opencv --models squeezenet --run sept --shard 2/4": "needs real weights",
    "python3 -m bench up --on pi@raspberrypi.local": "needs a board; tests/images/test_remote.py plays one",
    "python3 -m bench sample --follow --metrics 9102": "stays: tests/integration/test_follow.py starts and ends it",
    "make benchmark": "takes an hour, and says how busy the machine is",
    "make check": "tests/unit/test_style.py passes the same tools",
    "make deploy HOST=pi@raspberrypi.local": "needs a board; tests/unit/test_containers.py plays one",
    "make docs": "tests/unit/test_documents.py builds them",
    "make images PLATFORM=linux/arm64 FRAMEWORK=caffe": "tests/images builds every image in this way",
    "make verify REGISTRY=ghcr.io/OWNER/NAME TAG=v0.1.0": "needs what is published",
    "make lock": "asks a package index, and changes the locks",
    "python3 -m bench open": "opens a browser; tests/unit/cli/test_habits.py plays one",
    "python3 -m bench clean": "is about this clone's own environments; tests/unit/cli/test_habits.py cleans others",
    "docker run --privileged --rm tonistiigi/binfmt --install arm64": "changes the computer's kernel settings",
    "echo ina219 0x40 | sudo tee /sys/class/i2c-adapter/i2c-1/new_device": "needs the sensor",
    "echo 100000 | sudo tee /sys/class/hwmon/hwmon*/shunt_resistor": "needs the sensor",
    "sudo usermod -aG i2c,video,dialout $USER": "changes the computer's users",
}
"""What no test runs as it is shown, and why."""

_KINDS = {
    "clone": r"git clone ",
    "read": r"python3 -m bench (claims|compare|doctor|import|list|merge|recommend|report|status|verify)\b",
    "measure": r"python3 -m bench (classify|prepare|run|up)\b",
    "engine": r"(BENCH_\w+=\S+ )*docker compose ",
    "make": r"make (help|matrix)$",
}


def kind(command: str) -> str:
    """Return which test runs a command; KeyError if none does."""
    if command in NOT_RUN:
        return "not run"
    for name, pattern in _KINDS.items():
        if re.match(pattern, command):
            return name
    raise KeyError(command)


def commands(*kinds: str) -> list[str]:
    """Return the shown commands of some kinds."""
    return [shown.command for shown in shown_commands() if kind(shown.command) in kinds]
