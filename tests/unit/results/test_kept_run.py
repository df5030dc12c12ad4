"""A run that a former program left (schema 2) merges to what it merged to then."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from bench.results.merge import merge
from bench.runs.folder import RunFolder

KEPT = Path(__file__).parents[2] / "fixtures/runs/schema-2"


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_former_columns_are_the_same_to_the_byte(tmp_path: Path) -> None:
    shutil.copytree(KEPT, tmp_path / "kept")
    merge(RunFolder(tmp_path / "kept"))
    then, today = table(KEPT / "results.csv"), table(tmp_path / "kept/results.csv")
    former = [name for name in then[0] if name not in ("run_id", "schema_version")]
    assert len(then) == 8
    assert [[row[name] for name in former] for row in today] == [[row[name] for name in former] for row in then]
