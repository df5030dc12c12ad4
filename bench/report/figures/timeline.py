"""The run on one time axis: power, temperature and clock, with the windows of every cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt

from bench.catalog.titles import framework_title, model_title
from bench.power.samples.read import Samples
from bench.records.schema import Clocks, Repetition, WindowName
from bench.report.figures.chart import INK, Area, Axis, Chart, Glyph, Line, Look, Panel, Points
from bench.report.figures.grid import outline
from bench.report.figures.looks import QUIET, WATERMARK, framework_look
from bench.report.run import Gathered

_MAX_POINTS = 1500
_HOURS_FROM_S = 3 * 3600
_PAUSE_NS = 600 * 10**9
_LANES: tuple[str, ...] = get_args(WindowName)


class Clockwork:
    """The time since a run began, in minutes or in hours; long pauses are cut out.

    Parameters
    ----------
    stretches : sequence of (int, int)
        When something happened: begin and end on CLOCK_REALTIME, in nanoseconds.
    """

    def __init__(self, stretches: Sequence[tuple[int, int]]) -> None:
        ordered = sorted(stretches)
        self._known = [ordered[0][0]] if ordered else [0]
        self._shown = [0.0]
        self.cut = False
        end_ns = self._known[0]
        for begin_ns, next_end_ns in ordered:
            if begin_ns - end_ns > _PAUSE_NS:
                at_s = self._shown[-1] + (end_ns - self._known[-1]) / 1e9
                self._known += [end_ns, begin_ns]
                self._shown += [at_s, at_s + 60]
                self.cut = True
            end_ns = max(end_ns, next_end_ns)
        self._known.append(end_ns + 1)
        self._shown.append(self._shown[-1] + (end_ns + 1 - self._known[-2]) / 1e9)
        self.unit = "h" if self._shown[-1] > _HOURS_FROM_S else "min"

    def times(self, times_ns: npt.ArrayLike, clocks: Clocks) -> npt.NDArray[np.float64]:
        """Return moments on CLOCK_MONOTONIC in the unit; `clocks` ties them to the calendar."""
        real = np.asarray(times_ns, dtype=np.int64) + (clocks.realtime_ns - clocks.monotonic_ns)
        origin = self._known[0]
        known = np.subtract(self._known, origin) / 1e9
        return np.interp((real - origin) / 1e9, known, self._shown) / (3600 if self.unit == "h" else 60)


def timeline(gathered: Gathered) -> Chart:
    """Return the run's timeline; without a sampler it shows the windows alone."""
    records = [record for _, found in gathered.cells() for record in found if record.windows]
    sampled = [
        (sampling.record.began, sampling.samples)
        for sampling in gathered.samplings
        if sampling.record is not None and sampling.samples.times.size
    ]
    clockwork = Clockwork([*map(_span, records), *(_sampled_span(*item) for item in sampled)])
    meters = {sampling.record.boundary for sampling in gathered.samplings if sampling.record is not None}
    series = (
        ("Power", "W", 0, [samples.power for _, samples in sampled]),
        ("Temperature", "°C", 1, [samples.temp for _, samples in sampled]),
        ("Clock", "MHz", 2, [samples.clock for _, samples in sampled]),
    )
    panels = []
    for title, unit, rank, found in series:
        x: list[float | None] = []
        y: list[float | None] = []
        for (began, _), (times, values) in zip(sampled, found):
            thin_times, thin_values = thinned(times, values)
            x += [*_rounded(clockwork.times(thin_times, began)), None]
            y += [*_rounded(thin_values), None]
        known = [value for value in y if value is not None]
        if known:
            low, high = _reach(known, from_zero=rank != 1)
            shades = _windows(records, clockwork, {"timed": (low, high)}, 0.25)
            line = Line(title, Look(INK), x, y, width=1.0)
            watermark = WATERMARK if rank == 0 and "simulated" in meters else ""
            panels.append(Panel(Axis(title, unit, range=(low, high)), [*shades, line], watermark, height=0.55))
    lanes = {lane: (-rank - 0.4, -rank + 0.4) for rank, lane in enumerate(_LANES)}
    ticks = [(float(-rank), lane) for rank, lane in enumerate(_LANES)]
    glyphs: list[Glyph] = [*_windows(records, clockwork, lanes, 0.9), *_names(records, clockwork)]
    if records:
        panels.append(Panel(Axis("Window", ticks=ticks, range=(0.6 - len(_LANES), 0.6)), glyphs, height=0.6))
    missing = "" if sampled else " There are no samples: nobody measured power, temperature or clock beside this run."
    cut = " Pauses of more than ten minutes are cut out." if clockwork.cut else ""
    return Chart(
        "timeline",
        "Timeline of the run",
        gathered.subject,
        "What was sampled while the run went on, and below it the windows of each repetition in its framework's "
        f"colour; the timed windows are shaded above too.{missing}{cut}",
        Axis("Time since the run began", clockwork.unit),
        panels,
    )


def thinned(
    times: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return at most 1500 points that keep every peak: the smallest and the largest of each stretch."""
    if times.size <= _MAX_POINTS:
        return times, values
    stretches = np.array_split(np.arange(times.size), _MAX_POINTS // 2)
    kept = [part[index] for part in stretches for index in sorted((values[part].argmin(), values[part].argmax()))]
    return times[kept], values[kept]


def _windows(
    records: Sequence[Repetition], clockwork: Clockwork, heights: dict[str, tuple[float, float]], opacity: float
) -> list[Area]:
    areas = []
    for framework in dict.fromkeys(record.framework for record in records):
        places, edges = [], []
        for record in records:
            for window in record.windows:
                if record.framework == framework and window.name in heights:
                    begin, end = clockwork.times([window.begin_ns, window.end_ns], record.clocks)
                    places.append((round(float(begin), 4), round(float(end), 4)))
                    edges.append(heights[window.name])
        areas.append(Area(framework_title(framework), framework_look(framework), *outline(places, edges), opacity))
    return areas


def _names(records: Sequence[Repetition], clockwork: Clockwork) -> list[Points]:
    """Return a point on each timed window that says whose it is."""
    x, hovers = [], []
    for record in records:
        for window in record.windows:
            if window.name == "timed":
                x.append(float(clockwork.times([(window.begin_ns + window.end_ns) // 2], record.clocks)[0]))
                title = f"{framework_title(record.framework)} · {model_title(record.variant.name)}"
                hovers.append(f"{title}, repetition {record.repetition}")
    if not x:
        return []
    lane = float(-_LANES.index("timed"))
    return [Points("", QUIET, x, [lane] * len(x), hovers, hollow=True, size=3)]


def _span(record: Repetition) -> tuple[int, int]:
    offset = record.clocks.realtime_ns - record.clocks.monotonic_ns
    return record.windows[0].begin_ns + offset, record.windows[-1].end_ns + offset


def _sampled_span(began: Clocks, samples: Samples) -> tuple[int, int]:
    offset = began.realtime_ns - began.monotonic_ns
    return int(samples.times[0]) + offset, int(samples.times[-1]) + offset


def _reach(values: Sequence[float], from_zero: bool) -> tuple[float, float]:
    low, high = (0.0 if from_zero else min(values)), max(values)
    margin = (high - low or 1.0) * 0.08
    return (0.0 if from_zero else low - margin), high + margin


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.5g}") for value in values.tolist()]
