"""From a run directory to its table: windows × samples × predictions, one row per cell."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.catalog import frameworks, models
from bench.errors import UserError
from bench.power.samples import Sampling, read_samples
from bench.results.doubts import doubtful_readings, implausible_idle
from bench.results.power import cell_power, merit
from bench.results.runs import DONE
from bench.results.schema import RESULT_COLUMNS, Repetition, Results, Row, Run, Status
from bench.results.statistics import bootstrap_ci95, throughput
from bench.results.store import RunFolder, write_atomic, write_record


def merge(folder: RunFolder) -> Results:
    """Derive `results.csv` and `results.json` from what a run recorded.

    Nothing that was recorded is changed; the same records give the same results.

    Raises
    ------
    UserError
        If `run.json` is missing or unreadable, or the results can't be written.
    """
    run = folder.read_run()
    samplings = read_samples(folder.path)
    warnings = [warning for sampling in samplings for warning in sampling.warnings]
    unpowered: dict[str, list[str]] = {}
    rows = []
    for framework, model in _cells(folder, run):
        try:
            records = folder.repetitions(framework, model)
        except UserError as error:
            warnings.append(str(error))
            records = []
        rows.append(_row(folder, run, framework, model, records, samplings, unpowered, warnings))
    warnings += [f"power is empty: {reason} ({', '.join(cells)})" for reason, cells in unpowered.items()]
    warnings += doubtful_readings(samplings)
    warnings += implausible_idle(run.board, rows, samplings)
    results = Results(
        run_id=run.run_id, board=run.board, conditions=run.conditions, plan=run.plan, rows=rows, warnings=warnings
    )
    table = pd.DataFrame([row.model_dump() for row in rows], columns=list(RESULT_COLUMNS))
    write_atomic(folder.path / "results.csv", table.to_csv(index=False).encode())
    write_record(folder.path / "results.json", results)
    return results


def _cells(folder: RunFolder, run: Run) -> list[tuple[str, str]]:
    """Return every cell that was begun or planned for a framework that ran, in the catalog's order."""
    begun = {session.framework for session in run.sessions}
    begun |= {path.name for path in folder.path.glob("cells/*")}
    ranks = {name: rank for rank, name in enumerate(frameworks())}
    order = sorted(begun, key=lambda name: (ranks.get(name, len(ranks)), name))
    return [(framework, model) for framework in order for model in models() if model in run.plan.models]


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
        speed = _speed(good)
        power, measured = cell_power(good, samplings, unpowered)
        accuracy = _accuracy(folder.predictions(framework, model), model, good[-1], warnings)
        facts |= speed | power | accuracy
        facts |= merit(measured, power.get("power_uncertainty"), accuracy.get("top1"), accuracy.get("top5"))
        facts["framework_version"] = good[-1].build_info.get("version")
        if power.get("throttled"):
            status, error = "throttled", "the firmware reported under-voltage or throttling while it was measured"
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


def _accuracy(predictions: Path, model: str, record: Repetition, warnings: list[str]) -> dict[str, Any]:
    """Return measured accuracy, or published accuracy for real weights without labelled images, or nothing."""
    if record.weights != "pretrained":
        return {}
    if predictions.exists():
        try:
            table = pd.read_csv(predictions)
            top5 = table[[f"class{rank}" for rank in range(1, 6)]].eq(table["label"], axis="index")
        except (ValueError, KeyError) as error:
            warnings.append(f"{predictions} can't be read ({error}); run the cell again with --force")
            return {}
        return {
            "images_classified": len(table),
            "top1": float(top5["class1"].mean()),
            "top5": float(top5.any(axis="columns").mean()),
            "top1_source": "measured",
        }
    published = models()[model].published
    if published is None:
        return {}
    return {"top1": published.top1, "top5": published.top5, "top1_source": "published"}


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
