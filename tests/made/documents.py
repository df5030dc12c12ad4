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
