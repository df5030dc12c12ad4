"""How far the board drifted while frameworks ran one after another."""

from __future__ import annotations

import math

from bench.errors import UserError
from bench.records.notes import Note
from bench.records.notes.files import UnreadableFile
from bench.records.notes.steadiness import RunDrift, UnknownDrift
from bench.records.run import Run
from bench.records.schema import Repetition
from bench.records.statistics import throughput
from bench.records.store import read_record
from bench.runs.folder import RunFolder
from bench.runs.open import DONE
from bench.runs.order import first_of_a_chain


def run_drift(folder: RunFolder, run: Run) -> tuple[float | None, list[Note]]:
    """Return the logarithm of the first cell's speed at the end by that at the beginning, and what to say of it.

    None, and nothing to say, where frameworks took turns.
    """
    first = first_of_a_chain(folder, run)
    if first is None:
        return None, []
    if not folder.again_json.exists():
        return None, [UnknownDrift()]
    try:
        again = read_record(folder.again_json, Repetition)
    except UserError as error:
        return None, [UnreadableFile(fault=str(error))]
    if (again.framework, again.variant) != (first.framework, first.variant) or again.status not in DONE:
        return None, [UnknownDrift()]
    rates = [throughput(record.preprocess_ns, record.inference_ns) for record in (first, again)]
    drift = math.log(rates[1] / rates[0])
    return drift, [RunDrift(cell=f"{first.framework} {first.variant.name}", change=math.expm1(drift))]
