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

from bench.catalog import frameworks, models
from bench.errors import UserError
from bench.power.energy import WindowPower, window_power
from bench.power.samples import Sampling, read_samples
from bench.results.runs import DONE
from bench.results.schema import RESULT_COLUMNS, Repetition, Results, Row, Run, SamplerRecord, Status
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
        power = _power(good, samplings, unpowered)
        accuracy = _accuracy(folder.predictions(framework, model), model, good[-1], warnings)
        facts |= speed | power | accuracy
        facts |= _merit(speed["throughput_fps"], power.get("power_w_mean"), accuracy)
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


def _power(records: list[Repetition], samplings: list[Sampling], unpowered: dict[str, list[str]]) -> dict[str, Any]:
    """Return power over the timed and the idle windows; its fields stay empty unless every timed window has power."""
    timed = _windows(records, "timed", samplings)
    idle = _windows(records, "idle", samplings)
    powers = [power for power, _, _ in timed]
    bits = [power.throttled_bits for power in powers if power.throttled_bits is not None]
    facts = {
        "temp_c_max": max((power.temp_c_max for power in powers if power.temp_c_max is not None), default=None),
        "arm_mhz_min": min((power.arm_mhz_min for power in powers if power.arm_mhz_min is not None), default=None),
        "throttled": any(bits) if bits else None,
    }
    meters = {(record.meter, record.boundary) for _, record, _ in timed if record is not None}
    if all(boundary is None for _, boundary in meters):
        return facts  # nobody measured power, which is no fault
    reasons = {power.reason for power in powers if power.reason is not None}
    if len(meters) > 1:
        reasons = {"its repetitions were measured by different meters"}
    if reasons:
        unpowered.setdefault("; ".join(sorted(reasons)), []).append(f"{records[0].framework} {records[0].model}")
        return facts
    ((meter, boundary),) = meters
    energy_j = sum(power.energy_j or 0 for power in powers)
    return facts | {
        "meter": meter,
        "boundary": boundary,
        "power_w_min": min(power.power_w_min for power in powers if power.power_w_min is not None),
        "power_w_mean": energy_j / sum(seconds for _, _, seconds in timed),
        "power_w_max": max(power.power_w_max for power in powers if power.power_w_max is not None),
        "power_w_idle": _mean([power.power_w_mean for power, _, _ in idle if power.power_w_mean is not None]),
        "energy_j_per_image": energy_j / sum(len(record.inference_ns) for record in records),
    }


def _windows(
    records: list[Repetition], name: str, samplings: list[Sampling]
) -> list[tuple[WindowPower, SamplerRecord | None, float]]:
    """Return what was sampled in each repetition's window of that name, by which sampler, and its length in seconds."""
    found = []
    for record in records:
        for window in record.windows:
            if window.name == name:
                power, sampling = window_power(samplings, record.clocks.boot_id, window.begin_ns, window.end_ns)
                found.append((power, sampling.record if sampling else None, (window.end_ns - window.begin_ns) / 1e9))
    return found


def _accuracy(predictions: Path, model: str, record: Repetition, warnings: list[str]) -> dict[str, Any]:
    """Return measured accuracy, or published accuracy for real weights without labelled images, or nothing."""
    if record.weights != "pretrained":
        return {}
    if predictions.exists():
        try:
            count, first, within_five, unread = _count_right(predictions)
        except (ValueError, OSError) as error:
            warnings.append(f"{predictions} can't be read ({error}); run the cell again with --force")
            return {}
        if unread or not count:
            warnings.append(f"{predictions}: {unread} of {count + unread} lines can't be read and are not used")
        if not count:
            return {}
        return {
            "images_classified": count,
            "top1": first / count,
            "top5": within_five / count,
            "top1_source": "measured",
        }
    published = models()[model].published
    if published is None:
        return {}
    return {"top1": published.top1, "top5": published.top5, "top1_source": "published"}


def _count_right(predictions: Path) -> tuple[int, int, int, int]:
    """Return how many images were classified, how many right at first and within five, and how many lines are unread.

    Line by line: 50,000 predictions take no memory, and a hundred of them a tenth of the time that pandas takes.
    """
    count = first = within_five = unread = 0
    with predictions.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        places = [header.index(name) for name in ("label", *(f"class{rank}" for rank in range(1, 6)))]
        for line in lines:
            found = _classes(line, places)
            if found is None:
                unread += 1
                continue
            label, *ranks = found
            count += 1
            first += ranks[0] == label
            within_five += label in ranks
    return count, first, within_five, unread


def _classes(line: list[str], places: list[int]) -> list[int] | None:
    try:
        return [int(line[place]) for place in places]
    except (ValueError, IndexError):
        return None


def _merit(throughput_fps: float, power_w: float | None, accuracy: dict[str, Any]) -> dict[str, float]:
    """Return the figure of merit, correct images per joule = accuracy × throughput ÷ power."""
    if not power_w:
        return {}
    shares = {"fom_top1": accuracy.get("top1"), "fom_top5": accuracy.get("top5")}
    return {name: share * throughput_fps / power_w for name, share in shares.items() if share is not None}


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
