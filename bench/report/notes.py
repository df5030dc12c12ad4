"""What a reader has to know beside the numbers of a run: what its rows tell, and what the merge noted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bench.decide.quantities import QUANTITIES
from bench.records.columns import Results, Row
from bench.records.notes import Note
from bench.records.notes.power import LostSampler, PowerEmpty, UnusedSamples
from bench.records.notes.results import (
    Emulated,
    ImagesClassified,
    Intervals,
    MeasuredOnce,
    MissingMeter,
    NotOk,
    Sampled,
)
from bench.records.notes.shards import AccuracyElsewhere
from bench.report.marks import ELSEWHERE, marks_on

_ABOUT_SAMPLES = (LostSampler, PowerEmpty, UnusedSamples)
"""Notes that say why there is no power where somebody sampled it."""


def notes_on(results: Results) -> list[Note]:
    """Return every note on a run, in the order in which they are read."""
    return [*_of_results(results), *results.warnings]


def _of_results(results: Results) -> Iterator[Note]:
    rows = results.rows
    measured = [row for row in rows if row.throughput_fps is not None]
    if results.board.emulated:
        yield Emulated()
    sampled = any(isinstance(note, _ABOUT_SAMPLES) for note in results.warnings)
    if measured and all(row.power_w_mean is None for row in measured) and not sampled:
        yield MissingMeter()
    platforms = sorted({row.accuracy_platform for row in rows if row.accuracy_platform})
    yield from (mark.note for mark in marks_on(rows) if mark is not ELSEWHERE)
    if platforms:
        yield AccuracyElsewhere(platforms=platforms)
    counts = sorted({row.images_classified for row in rows if row.images_classified})
    if counts:
        yield ImagesClassified(counts=counts)
    yield from _intervals(measured)
    yield from _endings(rows)
    if results.sampler_cost:
        cost = results.sampler_cost
        yield Sampled(ratio=cost.ratio, ci95_low=cost.ci95_low, ci95_high=cost.ci95_high)


def _intervals(rows: Sequence[Row]) -> Iterator[Intervals | MeasuredOnce]:
    """Yield how wide the intervals are; or, where nothing was measured twice, that there are none."""
    halves = {}
    for title in ("throughput", "power", "merit"):
        quantity = QUANTITIES[title]
        found = [ends for row in rows if (ends := quantity.interval(row)) is not None]
        if found:
            shares = [math.sqrt(high / low) - 1 for low, high in found]
            halves[title] = (min(shares), max(shares))
    if halves:
        yield Intervals(halves=halves)
    elif rows and all(row.repetitions == 1 for row in rows):
        yield MeasuredOnce()


def _endings(rows: Sequence[Row]) -> list[NotOk]:
    """Return a note for each way in which cells of a framework ended, other than well."""
    endings: dict[tuple[str, str, str | None], NotOk] = {}
    for row in rows:
        if row.status != "ok":
            ending = NotOk(framework=row.framework, status=row.status, error=row.error, models=[])
            endings.setdefault((row.framework, row.status, row.error), ending).models.append(row.variant.name)
    return list(endings.values())
