"""From a run directory to its table: windows × samples × predictions, one row per cell."""

from __future__ import annotations

import statistics
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from bench.catalog import frameworks, model_names, models
from bench.errors import UserError
from bench.power.plausible import most_w
from bench.power.samples.read import Sampling, read_samples
from bench.records.columns import RESULT_COLUMNS, Results, Row, SamplerCost, Sustained
from bench.records.files import write_atomic
from bench.records.notes import Note
from bench.records.notes.files import UnreadableFile
from bench.records.notes.power import PowerEmpty
from bench.records.notes.results import BoardIsSimulated, OwnWeights
from bench.records.notes.steadiness import CutShort
from bench.records.run import Run
from bench.records.schema import Repetition, Status, Variant
from bench.records.statistics import interval, throughput
from bench.records.store import first_fault, write_record
from bench.results.accuracy import accuracy, loss
from bench.results.circumstances import circumstances
from bench.results.cut import cut_short
from bench.results.distrust import dead_meters, doubtful_readings, implausible_idle
from bench.results.drift import run_drift
from bench.results.power import cell_power, merit
from bench.results.speed import speed
from bench.results.steady import Watch, fan_power
from bench.results.sustained import in_the_heat, sustained
from bench.results.throttling import throttling
from bench.runs.folder import RunFolder
from bench.runs.inventory import (
    changed_files,
    foreign_files,
    missing_predictions,
    mixed_sources,
    sweep_results,
    unknown_names,
)
from bench.runs.open import DONE


def merge(folder: RunFolder) -> Results:
    """Write `results.csv` and `results.json`, as `derive` finds them.

    Raises
    ------
    UserError
        If `run.json` is missing or unreadable, or the results can't be written.
    """
    results = derive(folder)
    sweep_results(folder)
    write_atomic(folder.results_csv, results_csv(results.rows))
    write_record(folder.results_json, results)
    return results


def results_csv(rows: list[Row]) -> bytes:
    """Return the content of `results.csv`."""
    return pd.DataFrame([row.model_dump() for row in rows], columns=list(RESULT_COLUMNS)).to_csv(index=False).encode()


def derive(folder: RunFolder) -> Results:
    """Derive a run's results from what it recorded; a file that can't be used is named in the warnings.

    Nothing that was recorded is changed; the same records give the same results.

    Raises
    ------
    UserError
        If `run.json` is missing or unreadable.
    """
    run = folder.read_run()
    samplings = read_samples(folder.path, most_w(run.board))
    warnings: list[Note] = [note for sampling in samplings for note in sampling.warnings]
    warnings += unknown_names(run)
    warnings += mixed_sources(run)
    warnings += changed_files(folder)
    if run.plan.source:
        warnings.append(OwnWeights(source=run.plan.source))
    warnings += [
        note for note in foreign_files(folder) if Path(note.file).parts[0] in ("cells", "predictions", "shards")
    ]
    if run.board.simulated:
        warnings.append(BoardIsSimulated())
    findings = []
    try:
        findings = folder.examination()
    except UserError as error:
        warnings.append(UnreadableFile(fault=str(error)))
    unpowered: dict[str, list[str]] = {}
    watch = Watch()
    heat: list[Sustained] = []
    rows = []
    costs: list[float] = []
    for framework, variant in _cells(folder, run):
        records, problems = folder.records(framework, *variant)
        warnings += problems
        costs += _sampler_costs(records)
        cuts = [cut for record in records if (cut := cut_short(record, samplings, run.plan.profile))]
        shortened = {cut.record.repetition: cut.record for cut in cuts}
        records = [shortened.get(record.repetition, record) for record in records]
        good = [record for record in records if record.status in DONE]
        try:
            row = _row(folder, run, framework, variant, records, samplings, list(shortened), unpowered, warnings)
            if run.plan.profile.sustained:
                heat += [found for record in good if (found := sustained(record, samplings, row))]
            elif good:
                row = row.model_copy(update={"steady": watch.is_steady(good, row)})
        except (ArithmeticError, ValueError) as error:  # what no check of a single record saw
            fault = first_fault(error) if isinstance(error, ValidationError) else str(error)
            why = f"its records give no number ({fault}); run it again with --force"
            row = _labelled(run, framework, variant, "failed", why)
        if cuts:
            cell, least = f"{framework} {variant.name}", min(cut.images for cut in cuts)
            warnings.append(CutShort(cell=cell, images=least, mhz=min(cut.mhz for cut in cuts)))
            row = row.model_copy(update={"images_before_fall": least})
        rows.append(row)
    drift, told = run_drift(folder, run)
    rows = [row.model_copy(update={"drift": drift}) for row in rows]
    warnings += [PowerEmpty(reason=reason, cells=cells) for reason, cells in unpowered.items()]
    warnings += doubtful_readings(samplings)
    warnings += implausible_idle(run.board, rows, samplings)
    warnings += dead_meters(rows)
    warnings += [*told, *watch.notes(), *fan_power(rows), *map(in_the_heat, heat)]
    return Results(
        run_id=run.run_id,
        board=run.board,
        conditions=run.conditions,
        plan=run.plan,
        rows=rows,
        warnings=warnings,
        sustained=heat,
        doctor=findings,
        sampler_cost=_sampler_cost(costs) if samplings and costs else None,
    )


def _sampler_costs(records: list[Repetition]) -> list[float]:
    """Return, for each repetition with a window in which the sampler paused, its speed beside it by that without."""
    return [
        throughput(record.preprocess_ns, record.inference_ns) / throughput([], record.unsampled_ns)
        for record in records
        if record.unsampled_ns and record.inference_ns
    ]


def _sampler_cost(ratios: list[float]) -> SamplerCost:
    mean = statistics.fmean(ratios)
    low, high = interval(mean, ratios) or (None, None)
    return SamplerCost(ratio=mean, ci95_low=low, ci95_high=high, cells=len(ratios))


def _cells(folder: RunFolder, run: Run) -> list[tuple[str, Variant]]:
    """Return every cell that was planned or begun, in the catalog's order."""
    begun = {call.framework for call in run.calls} | set(run.plan.frameworks or [])
    begun |= {path.name for path in folder.path.glob("cells/*")}
    return [
        (framework, Variant(model, precision))
        for framework in frameworks()
        if framework in begun
        for model in model_names(run.plan)
        for precision in run.plan.precisions
    ]


def _row(
    folder: RunFolder,
    run: Run,
    framework: str,
    variant: Variant,
    records: list[Repetition],
    samplings: list[Sampling],
    cut: Collection[int],
    unpowered: dict[str, list[str]],
    warnings: list[Note],
) -> Row:
    status, error = _status(records, run)
    calls = {call.id: call for call in run.calls}
    facts: dict[str, Any] = {}
    good = [record for record in records if record.status in DONE]
    if records:
        call = calls.get(records[-1].call)
        facts |= {
            "platform": call.platform if call else None,
            "image_digest": call.image_digest if call else None,
            "weights": records[-1].weights,
            "weights_sha256": records[-1].weights_sha256,
            "threads": records[-1].threads,
            "model_mib": None if records[-1].model_bytes is None else records[-1].model_bytes / 2**20,
        }
    if len({record.weights_sha256 for record in good}) > 1:
        status, error, good = "failed", "its repetitions used different weights; run it again with --force", []
    if good:
        gone = missing_predictions(folder, framework, variant, good)
        warnings += [gone] if gone else []
        power, measured = cell_power(good, samplings, unpowered)
        in_float = variant.precision == "fp32"
        known = models().get(variant.model) if in_float and not run.plan.source else None
        shares = accuracy(folder, run.plan, known.published if known else None, good, warnings)
        if not in_float:
            facts |= loss(folder.predictions(framework, *variant), folder.predictions(framework, variant.model))
        facts |= speed(good) | power | shares | circumstances(run, good)
        facts |= merit(measured, power.get("power_uncertainty"), shares.get("top1"), shares.get("top5"))
        facts["framework_version"] = good[-1].build_info.get("version")
        warm = [record.repetition for record in good] if run.plan.profile.sustained else cut
        slowed = throttling(good, samplings, warm)
        if slowed is not None:
            status, error = "throttled", slowed
        if slowed is not None or warm:
            facts["throttled"] = slowed is not None  # where heat is a finding, or what it spoilt is cut off
    return _labelled(run, framework, variant, status, error, repetitions=len(good), **facts)


def _labelled(run: Run, framework: str, variant: Variant, status: Status, error: str | None, **facts: Any) -> Row:
    """Return the row that says of which cell these facts are; without any, an empty one."""
    return Row(
        run_id=run.run_id,
        board=run.board.model,
        framework=framework,
        model=variant.model,
        precision=variant.precision,
        status=status,
        error=error,
        **facts,
    )


def _status(records: list[Repetition], run: Run) -> tuple[Status, str | None]:
    for record in records:
        if record.status not in DONE:
            return record.status, record.error
    if len(records) < run.plan.profile.repetitions:
        return (
            "interrupted",
            f"{len(records)} of {run.plan.profile.repetitions} repetitions were made; the same command goes on",
        )
    return "ok", None
