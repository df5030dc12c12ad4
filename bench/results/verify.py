"""Whether a run directory is whole: files readable and in their places, digests as planned, results as derived."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import product
from typing import get_args

from bench.catalog import frameworks, model_names, models
from bench.errors import UserError
from bench.power.plausible import most_w
from bench.power.samples.read import read_samples
from bench.records.columns import Results, Row
from bench.records.notes.files import ForeignPredictions, IncompletePredictions, UnreadablePredictions
from bench.records.run import Run
from bench.records.samples import pairs
from bench.records.schema import Precision, Record, Repetition, Variant
from bench.records.store import read_record
from bench.results.merge import derive
from bench.results.table_file import read_rows
from bench.runs.folder import RunFolder
from bench.runs.inventory import (
    changed_files,
    foreign_files,
    leftovers,
    missing_predictions,
    recorded_files,
    unknown_names,
)
from bench.runs.locks import is_measured
from bench.runs.predictions import read_predictions
from bench.runs.shards import shard_or_fault, shares_in


class Verification(Record):
    """How many files of a run were checked, and a sentence for each fault, with its fix."""

    run_id: str
    files: int
    problems: list[str]


def verify(folder: RunFolder) -> Verification:
    """Check a run directory; nothing in it is changed."""
    files = len(recorded_files(folder))
    try:
        run = folder.read_run()
    except UserError as error:
        return Verification(run_id=folder.run_id, files=files, problems=[str(error)])
    problems = [str(note) for note in (*foreign_files(folder), *unknown_names(run), *changed_files(folder))]
    if not is_measured(folder):
        problems += leftovers(folder)
    for framework in frameworks():
        for model, precision in product(dict.fromkeys([*models(), *model_names(run.plan)]), get_args(Precision)):
            problems += _cell(folder, run, framework, Variant(model, precision))
    problems += [str(note) for sampling in read_samples(folder.path, most_w(run.board)) for note in sampling.warnings]
    problems += _unsampled(folder)
    try:
        folder.examination()
    except UserError as error:
        problems.append(str(error))
    derived = derive(folder)
    problems += [
        str(note) for note in derived.warnings if isinstance(note, (ForeignPredictions, IncompletePredictions))
    ]
    problems += _results(folder, derived)
    return Verification(run_id=folder.run_id, files=files, problems=problems)


def _cell(folder: RunFolder, run: Run, framework: str, variant: Variant) -> Iterator[str]:
    records, problems = folder.records(framework, *variant)
    yield from map(str, problems)
    for record in records:
        for fault in _faults(record, run):
            yield f"cells/{framework}/{variant.name}/rep-{record.repetition:02d}.json: {fault}"
    gone = missing_predictions(folder, framework, variant, records)
    if gone:
        yield str(gone)
    elif folder.predictions(framework, *variant).exists():
        yield from _predictions(folder, framework, variant)
    shards = folder.shards(framework, *variant)
    found = (shard_or_fault(shards, share) for share in shares_in(shards))
    yield from (fault for fault in found if isinstance(fault, str))


def _faults(record: Repetition, run: Run) -> Iterator[str]:
    """Yield what of a record contradicts its run or itself."""
    if record.call not in {call.id for call in run.calls}:
        yield f"run.json knows no call {record.call}"
    if record.variant not in run.plan.variants:
        yield "its model is not in the run's plan, or not in this precision"
    planned = run.plan.models_sha256.get(record.variant.name)
    if record.weights_sha256 not in (None, planned):
        used = _short(record.weights_sha256)
        yield f"it used weights {used}, the plan says {_short(planned)}; run the cell again with --force"
    if record.threads != run.plan.threads:
        yield f"its threads are {record.threads}, the plan says {run.plan.threads}"
    for window in record.windows:
        if window.end_ns < window.begin_ns:
            yield f"its window '{window.name}' ends before it begins"


def _short(digest: str | None) -> str:
    return (digest or "nothing")[:12]


def _predictions(folder: RunFolder, framework: str, variant: Variant) -> Iterator[str]:
    name = f"predictions/{framework}/{variant.name}.csv"
    path = folder.predictions(framework, *variant)
    try:
        unreadable = [line for line, prediction in read_predictions(path) if prediction is None]
    except (OSError, ValueError) as error:
        yield str(UnreadablePredictions(file=name, fault=str(error)))
        return
    if unreadable:
        more = f" and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
        yield f"{name}: line {unreadable[0]}{more} can't be read; run the cell again with --force"


def _unsampled(folder: RunFolder) -> Iterator[str]:
    for samples, record in pairs(folder.path):
        if not samples.exists():
            yield f"{samples.name} is missing: {record.name} tells of a sampler, and its samples are gone"


def _results(folder: RunFolder, derived: Results) -> Iterator[str]:
    again = f"'bench merge {shlex.quote(folder.run_id)}' makes it anew"
    for path in (folder.results_csv, folder.results_json):
        if not path.exists():
            yield f"{path.name} is missing; {again}"
            continue
        try:
            rows = read_rows(path) if path.suffix == ".csv" else read_record(path, Results).rows
        except UserError as error:
            yield f"{error}; {again}"
            continue
        difference = _difference(rows, derived.rows)
        if difference:
            yield f"{path.name} is not what the records give ({difference}); {again}"


def _difference(found: list[Row], derived: list[Row]) -> str | None:
    """Return the first difference; None if there is none."""
    cells = [[(row.framework, row.variant) for row in rows] for rows in (found, derived)]
    if cells[0] != cells[1]:
        return f"it has {len(found)} cells, they give {len(derived)}" if len(found) != len(derived) else "other cells"
    for row, truth in zip(found, derived):
        for field in Row.model_fields:
            if getattr(row, field) != getattr(truth, field):
                return (
                    f"{row.framework} {row.variant.name}: {field} is {getattr(row, field)}, not {getattr(truth, field)}"
                )
    return None
