"""A run that a former program left (schema 2) merges to what it merged to then, but for its intervals."""

from __future__ import annotations

import csv
import math
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.records.schema import Repetition
from bench.results.merge import merge
from bench.runs.folder import RunFolder

KEPT = Path(__file__).parents[2] / "fixtures/runs/schema-2"

NEW_INTERVALS = (
    "throughput_ci95_low",
    "throughput_ci95_high",
    "fom_top1_ci95_low",
    "fom_top1_ci95_high",
    "fom_top5_ci95_low",
    "fom_top5_ci95_high",
)
"""What changed: of three repetitions the bootstrap, which these were then, makes the smallest and the largest value: an
interval that covers 75 % where it promises 95. Student's t on the logarithms holds."""

T_95_OF_3 = 4.302653
"""Student's t for 95 % and two degrees of freedom, from any table."""


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def merged(tmp_path: Path) -> RunFolder:
    shutil.copytree(KEPT, tmp_path / "kept")
    folder = RunFolder(tmp_path / "kept")
    merge(folder)
    return folder


def test_the_former_columns_are_the_same_to_the_byte_but_for_the_intervals(merged: RunFolder) -> None:
    then, today = table(KEPT / "results.csv"), table(merged.path / "results.csv")
    former = [name for name in then[0] if name not in ("run_id", "schema_version")]
    changed = {name for name in former for one, other in zip(then, today) if one[name] != other[name]}
    assert len(then) == len(today) == 8
    assert changed == set(NEW_INTERVALS)


def half(records: list[Repetition], rate: Callable[[Repetition], float]) -> float:
    return T_95_OF_3 * statistics.stdev(math.log(rate(record)) for record in records) / math.sqrt(3)


def test_a_speed_s_interval_is_student_s_t_on_the_logarithms(merged: RunFolder) -> None:
    for row in table(merged.path / "results.csv"):
        records = [record for record in merged.repetitions(row["framework"], row["model"]) if record.inference_ns]
        if len(records) < 3:
            assert (row["throughput_ci95_low"], row["throughput_ci95_high"]) == ("", "")
            continue
        times = half(records, lambda record: sum(record.preprocess_ns) + sum(record.inference_ns))
        fps = float(row["throughput_fps"])
        bounds = float(row["throughput_ci95_low"]), float(row["throughput_ci95_high"])
        assert bounds == pytest.approx((fps * math.exp(-times), fps * math.exp(times)))


def test_a_merit_s_interval_holds_the_meter_s_one_percent_too(merged: RunFolder) -> None:
    row = table(merged.path / "results.csv")[0]
    merit, low, high = (float(row[name]) for name in ("fom_top1", "fom_top1_ci95_low", "fom_top1_ci95_high"))
    scatter = T_95_OF_3 * float(row["fom_sd_log"]) / math.sqrt(3)
    half = math.hypot(scatter, 0.95 * 0.01)
    assert (low, high) == pytest.approx((merit * math.exp(-half), merit * math.exp(half)))
