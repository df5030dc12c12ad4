"""Under which circumstances a cell was measured: what else may differ between two runs."""

from __future__ import annotations

from typing import Any

from bench.records.run import Run
from bench.records.schema import Repetition


def circumstances(run: Run, records: list[Repetition]) -> dict[str, Any]:
    """Return the row's fields on board and surroundings; repetitions of several boots have none in common."""
    boots = {record.clocks.boot_id for record in records}
    return {
        "boot_id": boots.pop() if len(boots) == 1 else None,
        "max_mhz": run.board.max_mhz,
        "governor": run.board.governor,
        "kernel": run.board.kernel,
        "cooling": run.conditions.cooling,
        "ambient_c": run.conditions.ambient_c,
        "power_supply": run.conditions.power_supply,
        "images_sha256": run.plan.images_sha256,
    }
