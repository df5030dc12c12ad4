"""The order in which frameworks take turns, so that a drift of the board meets all of them alike."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from bench.records.run import Plan
from bench.runs.folder import RunFolder
from bench.runs.open import DONE, is_done


def turns(folder: RunFolder, frameworks: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield round and framework, one repetition of each of its cells at a time, as long as any is wanted.

    A profile that measures once has one round, which is number 0: everything.
    """
    plan = folder.read_run().plan
    if plan.profile.repetitions_max == 1:
        yield from ((0, framework) for framework in frameworks)
        return
    for number in range(1, plan.profile.repetitions_max + 1):
        order = list(frameworks)
        random.Random(plan.seed + number).shuffle(order)
        for framework in order:
            if number == 1 or _wants(folder, plan, framework):
                yield number, framework


def _wants(folder: RunFolder, plan: Plan, framework: str) -> bool:
    """Tell whether a framework has a cell that is neither done nor failed."""
    cells = [folder.repetitions(framework, *variant) for variant in plan.variants]
    return any(
        not is_done(records, plan.profile) and all(record.status in DONE for record in records) for records in cells
    )
