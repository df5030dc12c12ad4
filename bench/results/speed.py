"""From a cell's repetitions to its speed: throughput, latency, and what loading and memory took."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.records.schema import Repetition
from bench.records.statistics import sd_of_logs, throughput
from bench.results.scatter import scatter_facts

if TYPE_CHECKING:
    from numpy.typing import NDArray


def speed(records: list[Repetition]) -> dict[str, Any]:
    """Return the row's fields on throughput, latency, loading and memory, with their intervals over the repetitions."""
    preprocess_ns = list(chain.from_iterable(record.preprocess_ns for record in records))
    inference_ns = list(chain.from_iterable(record.inference_ns for record in records))
    p50, p95, p99 = np.percentile(_latency_ms(preprocess_ns, inference_ns), [50, 95, 99]).tolist()
    own = [np.percentile(_latency_ms(one.preprocess_ns, one.inference_ns), [50, 95]).tolist() for one in records]
    fps = throughput(preprocess_ns, inference_ns)
    rates = [throughput(record.preprocess_ns, record.inference_ns) for record in records]
    sizes = [record.peak_rss_mib for record in records if record.peak_rss_mib]
    return {
        "images_timed": len(inference_ns),
        "preprocess_ms": statistics.fmean(preprocess_ns) / 1e6,
        "inference_ms": statistics.fmean(inference_ns) / 1e6,
        "latency_ms_p50": p50,
        "latency_ms_p95": p95,
        "latency_ms_p99": p99,
        "throughput_fps": fps,
        **scatter_facts("throughput", fps, rates),
        **scatter_facts("latency_ms_p50", p50, [middle for middle, _ in own]),
        **scatter_facts("latency_ms_p95", p95, [high for _, high in own]),
        "load_s": _mean([record.load_ns / 1e9 for record in records if record.load_ns is not None]),
        "first_inference_ms": _mean(
            [record.first_inference_ns / 1e6 for record in records if record.first_inference_ns is not None]
        ),
        "peak_rss_mib_sd_log": sd_of_logs(sizes),
        "peak_rss_mib": max(sizes, default=None),
    }


def _latency_ms(preprocess_ns: list[int], inference_ns: list[int]) -> NDArray[np.float64]:
    return np.add(preprocess_ns, inference_ns) / np.float64(1e6)


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
