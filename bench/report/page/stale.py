"""Whether a page still shows what was merged last, and which figures an earlier report left beside a page."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from bench.records.digests import file_digest
from bench.runs.folder import RunFolder

SEVERAL = "report"
"""The folder in the results for the page of several runs."""

_HEAD = 1 << 17
_RESULTS = re.compile(r'<meta name="results" content="([^"]*)">')
_FIGURE = re.compile(r'<figure id="([\w.@-]+)">')


def shown_results(folders: Sequence[RunFolder]) -> str:
    """Return what a page says of the results that it shows: each run with the digest of its results.json."""
    merged = [folder for folder in folders if folder.results_json.exists()]
    return " ".join(f"{folder.run_id}={file_digest(folder.results_json, 'sha256')}" for folder in merged)


def stale_notes(folder: RunFolder) -> list[str]:
    """Return a sentence for each page that shows a run as it was before it was merged last."""
    notes = []
    current = shown_results([folder])
    for page in (folder.path / "report.html", folder.path.absolute().parent.parent / SEVERAL / "report.html"):
        shown = _shown(page) or []
        names = [each.rpartition("=")[0] for each in shown]
        if folder.run_id in names and current not in shown:
            command = shlex.join(["bench", "report", *names])
            notes.append(f"{page} shows what was merged before; '{command}' makes it again.")
    return notes


def former_figures(page: Path) -> set[str]:
    """Return the names of the figures on a page that was written before; none if there is no page of ours."""
    return set(_FIGURE.findall(page.read_text(encoding="utf-8"))) if _shown(page) is not None else set()


def _shown(page: Path) -> list[str] | None:
    """Return what a page says of the results that it shows; None if there is none, or it does not say."""
    if not page.exists():
        return None
    with page.open(encoding="utf-8", errors="replace") as file:
        found = _RESULTS.search(file.read(_HEAD))
    return found[1].split() if found else None
