"""The README: what it shows was measured, and what it points to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console

from bench.records.columns import Results
from bench.records.store import read_record
from bench.report.terminal.results import results_table

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference" / "run"


def test_the_readme_s_table_is_that_of_the_reference_run() -> None:
    console = Console(width=200, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115
    console.print(results_table(read_record(REFERENCE / "results.json", Results), console.width))
    shown = [line.rstrip() for line in console.export_text().splitlines()]
    readme = [line.rstrip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    rows = [line for line in shown if line.strip() and not line.startswith("- ")]
    assert len(rows) > 16
    assert [line for line in rows[1:] if line not in readme] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "results/README.md"])
def test_what_a_document_points_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    missing = [
        target for target in targets if "://" not in target and not (ROOT / document).parent.joinpath(target).exists()
    ]
    assert missing == []
