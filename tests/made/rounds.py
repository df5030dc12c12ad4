"""`bench up` of a plan with two short rounds, and the order in which its repetitions began."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.measure.profiles import find_profile
from bench.runs.folder import RunFolder


def two_short_rounds(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Let a function of a module, which returns the run that was opened, return it with two repetitions of each cell.

    Whoever measures finds the plan that lies in the run, whatever profile it was made of.
    """
    opens = getattr(module, name)

    def opened(*arguments: Any) -> RunFolder:
        folder: RunFolder = opens(*arguments)
        run = folder.read_run()
        profile = find_profile("smoke").model_copy(update={"repetitions": 2, "repetitions_max": 2})
        folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"profile": profile})}))
        return folder

    monkeypatch.setattr(module, name, opened)


def order_of(folder: RunFolder) -> list[tuple[int, str, str]]:
    """Return round, framework and model of each repetition that measured, in the order in which they began."""
    records = [
        record
        for call in dict.fromkeys(call.framework for call in folder.read_run().calls)
        for variant in folder.read_run().plan.variants
        for record in folder.repetitions(call, *variant)
        if record.windows
    ]
    records.sort(key=lambda record: record.windows[0].begin_ns)
    return [(record.repetition, record.framework, record.model) for record in records]


def only_run(results: Path) -> RunFolder:
    (path,) = (results / "runs").glob("*/run.json")
    return RunFolder(path.parent)
