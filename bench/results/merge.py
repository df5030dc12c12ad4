"""From a run directory to its table: windows × samples × predictions, one row per cell."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.catalog import Published, frameworks, models
from bench.errors import UserError
from bench.power.samples.read import Sampling, read_samples
from bench.records.columns import RESULT_COLUMNS, Results, Row, SamplerCost
from bench.records.files import write_atomic
from bench.records.schema import Repetition, Run, Status
from bench.records.statistics import bootstrap_ci95, throughput
from bench.records.store import write_record
from bench.results.distrust import doubtful_readings, implausible_idle
from bench.results.power import cell_power, merit
from bench.results.throttling import throttling
from bench.runs.folder import RunFolder
from bench.runs.inventory import foreign_files, missing_predictions, unknown_names
from bench.runs.open import DONE

_TOP5 = [f"class{rank}" for rank in range(1, 6)]
SIMULATED = (
    "the board is simulated: power, temperature, clock and throttling are computed from this computer's load, and the "
    "speeds are this computer's too"
)


def merge(folder: RunFolder) -> Results:
    """Write `results.csv` and `results.json`, as `derive` finds them.

    Raises
    ------
    UserError
        If `run.json` is missing or unreadable, or the results can't be written.
    """
    results = derive(folder)
    write_atomic(folder.path / "results.csv", results_csv(results.rows))
    write_record(folder.path / "results.json", results)
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
    samplings = read_samples(folder.path)
    warnings = [warning for sampling in samplings for warning in sampling.warnings]
    warnings += unknown_names(run)
    if run.plan.source:
        warnings.append(f"measured on {run.plan.source}'s own weights (--source), not on those that frameworks share")
    warnings += [sentence for sentence in foreign_files(folder) if sentence.startswith(("cells/", "predictions/"))]
    if run.board.simulated:
        warnings.append(SIMULATED)
    findings = []
    try:
        findings = folder.examination()
    except UserError as error:
        warnings.append(str(error))
    unpowered: dict[str, list[str]] = {}
    rows = []
    costs: list[float] = []
    for framework, model in _cells(folder, run):
        records, problems = folder.records(framework, model)
        warnings += problems
        costs += _sampler_costs(records)
        rows.append(_row(folder, run, framework, model, records, samplings, unpowered, warnings))
    warnings += [f"power is empty: {reason} ({', '.join(cells)})" for reason, cells in unpowered.items()]
    warnings += doubtful_readings(samplings)
    warnings += implausible_idle(run.board, rows, samplings)
    return Results(
        run_id=run.run_id,
        board=run.board,
        conditions=run.conditions,
        plan=run.plan,
        rows=rows,
        warnings=warnings,
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
    low, high = bootstrap_ci95(ratios) or (None, None)
    return SamplerCost(ratio=statistics.fmean(ratios), ci95_low=low, ci95_high=high, cells=len(ratios))


def _cells(folder: RunFolder, run: Run) -> list[tuple[str, str]]:
    """Return every cell that was begun or planned for a framework that ran, in the catalog's order."""
    begun = {session.framework for session in run.sessions}
    begun |= {path.name for path in folder.path.glob("cells/*")}
    return [
        (framework, model)
        for framework in frameworks()
        if framework in begun
        for model in models()
        if model in run.plan.models
    ]


def _row(
    folder: RunFolder,
    run: Run,
    framework: str,
    model: str,
    records: list[Repetition],
    samplings: list[Sampling],
    unpowered: dict[str, list[str]],
    warnings: list[str],
) -> Row:
    status, error = _status(records, run)
    sessions = {session.id: session for session in run.sessions}
    facts: dict[str, Any] = {}
    good = [record for record in records if record.status in DONE]
    if records:
        session = sessions.get(records[-1].session)
        facts |= {
            "platform": session.platform if session else None,
            "image_digest": session.image_digest if session else None,
            "weights": records[-1].weights,
            "weights_sha256": records[-1].weights_sha256,
            "threads": records[-1].threads,
        }
    if len({record.weights_sha256 for record in good}) > 1:
        status, error, good = "failed", "its repetitions used different weights; run it again with --force", []
    if good:
        gone = missing_predictions(folder, framework, model, good)
        warnings += [gone] if gone else []
        speed = _speed(good)
        power, measured = cell_power(good, samplings, unpowered)
        published = None if run.plan.source else models()[model].published
        accuracy = _accuracy(folder.predictions(framework, model), published, good[-1], warnings)
        facts |= speed | power | accuracy
        facts |= merit(measured, power.get("power_uncertainty"), accuracy.get("top1"), accuracy.get("top5"))
        facts["framework_version"] = good[-1].build_info.get("version")
        slowed = throttling(good, samplings)
        if slowed is not None:
            facts["throttled"] = True
            status, error = "throttled", slowed
    return Row(
        run_id=run.run_id,
        board=run.board.model,
        framework=framework,
        model=model,
        status=status,
        error=error,
        repetitions=len(good),
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


def _speed(records: list[Repetition]) -> dict[str, Any]:
    preprocess_ns = list(chain.from_iterable(record.preprocess_ns for record in records))
    inference_ns = list(chain.from_iterable(record.inference_ns for record in records))
    latency_ms = (np.array(preprocess_ns) + np.array(inference_ns)) / 1e6
    p50, p95, p99 = np.percentile(latency_ms, [50, 95, 99])
    interval = bootstrap_ci95([throughput(record.preprocess_ns, record.inference_ns) for record in records])
    return {
        "images_timed": len(inference_ns),
        "preprocess_ms": statistics.fmean(preprocess_ns) / 1e6,
        "inference_ms": statistics.fmean(inference_ns) / 1e6,
        "latency_ms_p50": float(p50),
        "latency_ms_p95": float(p95),
        "latency_ms_p99": float(p99),
        "throughput_fps": throughput(preprocess_ns, inference_ns),
        "throughput_ci95_low": interval[0] if interval else None,
        "throughput_ci95_high": interval[1] if interval else None,
        "load_s": _mean([record.load_ns / 1e9 for record in records if record.load_ns is not None]),
        "first_inference_ms": _mean(
            [record.first_inference_ns / 1e6 for record in records if record.first_inference_ns is not None]
        ),
        "peak_rss_mib": max((record.peak_rss_mib for record in records if record.peak_rss_mib), default=None),
    }


def _accuracy(
    predictions: Path, published: Published | None, record: Repetition, warnings: list[str]
) -> dict[str, Any]:
    """Return measured accuracy, or published accuracy for real weights without labelled images, or nothing."""
    if record.weights != "pretrained":
        return {}
    if predictions.exists():
        try:
            count, first, within_five, bad = _count_right(predictions)
        except (ValueError, OSError) as error:
            warnings.append(f"{predictions} can't be read ({error}); run the cell again with --force")
            return {}
        if bad:
            warnings.append(f"{predictions}: {bad} of {bad + count} lines can't be read and are not used")
        return {
            "images_classified": count,
            "top1": first / count,
            "top5": within_five / count,
            "top1_source": "measured",
        }
    if published is None:
        return {}
    return {"top1": published.top1, "top5": published.top5, "top1_source": "published"}


def _count_right(predictions: Path) -> tuple[int, int, int, int]:
    """Return how many images were classified, how many of them right at first and within five; how many lines are bad.

    Line by line: 50,000 predictions take no memory, and a hundred of them a tenth of the time that pandas takes.
    """
    count = first = within_five = bad = 0
    with predictions.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        columns = [header.index(name) for name in ("label", *_TOP5)]
        for line in lines:
            try:
                label, *found = (int(line[column]) for column in columns)
            except (ValueError, IndexError):
                bad += 1
                continue
            count += 1
            first += found[0] == label
            within_five += label in found
    if not count:
        raise ValueError("it holds no predictions")
    return count, first, within_five, bad


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
