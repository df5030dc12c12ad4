"""In which order the cells of a run were measured."""

from __future__ import annotations

from bench.records.run import Run
from bench.records.schema import Repetition
from bench.runs.folder import RunFolder
from bench.runs.open import DONE


def first_of_a_chain(folder: RunFolder, run: Run) -> Repetition | None:
    """Return the repetition that a run of one framework after another began with.

    None where frameworks took turns, so that a drift of the board met all of them alike, where only one was measured,
    and where the board was booted meanwhile.
    """
    names = dict.fromkeys(call.framework for call in run.calls)
    good = [
        record
        for framework in names
        for variant in run.plan.variants
        for record in folder.repetitions(framework, *variant)
        if record.status in DONE and record.windows
    ]
    spans = {
        name: (
            min(record.windows[0].begin_ns for record in good if record.framework == name),
            max(record.windows[-1].end_ns for record in good if record.framework == name),
        )
        for name in {record.framework for record in good}
    }
    if len(spans) < 2 or len({record.clocks.boot_id for record in good}) > 1:
        return None
    ordered = sorted(spans.values())
    if any(begin_ns < end_ns for (_, end_ns), (begin_ns, _) in zip(ordered, ordered[1:])):
        return None
    return min(good, key=lambda record: record.windows[0].begin_ns)
