"""How far a run is: what is done, running and left, and about how long that takes. Only reads, and little."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Literal, Optional

from bench.catalog import frameworks, model_names
from bench.catalog.suites import find_suite
from bench.records.notes import Note
from bench.records.run import Profile, Run
from bench.records.schema import Clocks, Precision, Record, Repetition, Variant, Window
from bench.runs.folder import RunFolder
from bench.runs.inventory import unknown_names
from bench.runs.open import DONE, is_done

CellState = Literal["done", "failed", "unavailable", "running", "left"]


class CellStatus(Record):
    """How far a cell is.

    Attributes
    ----------
    repetitions, planned
        Those made, and how many the profile wants at least.
    left_s
        About the seconds that the missing ones take.
    """

    framework: str
    model: str
    precision: Precision = "fp32"
    state: CellState
    repetitions: int
    planned: int
    left_s: float
    error: Optional[str] = None


class RunStatus(Record):
    """How far a run is.

    Attributes
    ----------
    state
        `stopped`: it was neither ended nor is anybody measuring.
    measuring
        The framework that is being measured now.
    left_s
        About the seconds until what was begun is done.
    not_begun
        Frameworks of the plan that nobody has begun to measure, which takes about `not_begun_s` seconds.
    from_profile
        Whether nothing is finished yet to estimate from: then it takes at least that long.
    problems
        Files that can't be read.
    """

    run_id: str
    profile: str
    state: Literal["measuring", "ended", "stopped"]
    measuring: Optional[str]
    cells: list[CellStatus]
    left_s: float
    not_begun: list[str]
    not_begun_s: float
    from_profile: bool
    problems: list[str]


def run_status(folder: RunFolder, measured: bool, moment: Clocks, cell: str = "") -> RunStatus:
    """Return how far a run is.

    Parameters
    ----------
    measured : bool
        Whether somebody measures into it (`is_measured`).
    moment : Clocks
        Now.
    cell : str
        What is being measured now (`measured_cell`), if that is known.

    Raises
    ------
    UserError
        If `run.json` can't be read.
    """
    run = folder.read_run()
    open_calls = [call for call in run.calls if call.ended is None and call.framework in frameworks()]
    current = max(open_calls, key=lambda call: call.began.realtime_ns) if measured and open_calls else None
    records: dict[tuple[str, Variant], list[Repetition]] = {}
    problems: list[Note] = [*unknown_names(run)]
    for framework in dict.fromkeys(call.framework for call in run.calls if call.framework in frameworks()):
        for variant in _known(run):
            found = folder.records(framework, *variant)
            records[framework, variant] = found.good
            problems += found.problems
    pace = _Pace(run.plan.profile, [record for made in records.values() for record in made])
    cells = [_cell(*key, made, run.plan.profile, pace) for key, made in records.items()]
    elapsed_s = 0.0
    if current is not None:
        began_ns = _latest_end(run, records, current.framework, moment) or current.began.monotonic_ns
        elapsed_s = max(moment.monotonic_ns - began_ns, 0) / 1e9
        _mark_running(cells, cell)
    wanted = run.plan.frameworks or [framework.name for framework in find_suite("paper").frameworks()]
    planned = [] if run.ended else [name for name in wanted if name in frameworks()]
    not_begun = [name for name in planned if name not in {each.framework for each in cells}]
    fresh = [_cell(name, variant, [], run.plan.profile, pace).left_s for name in not_begun for variant in _known(run)]
    left_s = sum(each.left_s for each in cells)
    return RunStatus(
        run_id=run.run_id,
        profile=run.plan.profile.name,
        state="measuring" if current else "ended" if run.ended else "stopped",
        measuring=current.framework if current else None,
        cells=cells,
        left_s=max(left_s - min(elapsed_s, pace.repetition_s(current.framework) if current else 0.0), 0.0),
        not_begun=not_begun,
        not_begun_s=sum(fresh),
        from_profile=pace.from_profile,
        problems=[str(problem) for problem in problems],
    )


def _known(run: Run) -> list[Variant]:
    return [variant for variant in run.plan.variants if variant.model in model_names(run.plan)]


class _Pace:
    """How long a repetition takes: as this cell's did, else as this framework's, else as any, else by the profile."""

    def __init__(self, profile: Profile, records: Iterable[Repetition]) -> None:
        self._profile = profile
        self._records = [record for record in records if record.status in DONE and record.windows]
        self._between_s = _between_s(self._records)
        self.from_profile = not self._records

    def repetition_s(self, framework: str, variant: Optional[Variant] = None) -> float:
        """Return the seconds of one repetition without classifying, and of the pause before it."""
        measured_s = self._like(framework, variant, accuracy=False) or self._profile.repetition_s
        return measured_s + self._between_s

    def accuracy_s(self, framework: str, variant: Variant) -> float:
        """Return the seconds that classifying takes, which the first repetition does."""
        return self._like(framework, variant, accuracy=True)

    def _like(self, framework: str, variant: Optional[Variant], accuracy: bool) -> float:
        seconds = [
            (record, _seconds(record, accuracy))
            for record in self._records
            if not accuracy or any(window.name == "accuracy" for window in record.windows)
        ]
        for alike in (
            [took for record, took in seconds if (record.framework, record.variant) == (framework, variant)],
            [took for record, took in seconds if record.framework == framework],
            [took for _, took in seconds],
        ):
            if alike:
                return statistics.fmean(alike)
        return 0.0


def _between_s(records: list[Repetition]) -> float:
    """Return the mean pause between two repetitions of one call: starting a process, cooling down."""
    calls: dict[str, list[tuple[int, int]]] = {}
    for record in records:
        calls.setdefault(record.call, []).append(_span_ns(record.windows))
    pauses_ns = []
    for spans in map(sorted, calls.values()):
        pauses_ns += [max(begin_ns - end_ns, 0) for (_, end_ns), (begin_ns, _) in zip(spans, spans[1:])]
    return statistics.fmean(pauses_ns) / 1e9 if pauses_ns else 0.0


def _seconds(record: Repetition, accuracy: bool) -> float:
    windows = [window for window in record.windows if (window.name == "accuracy") is accuracy]
    if not windows:
        return 0.0
    begin_ns, end_ns = _span_ns(windows)
    return (end_ns - begin_ns) / 1e9


def _span_ns(windows: list[Window]) -> tuple[int, int]:
    return min(window.begin_ns for window in windows), max(window.end_ns for window in windows)


def _cell(framework: str, variant: Variant, records: list[Repetition], profile: Profile, pace: _Pace) -> CellStatus:
    good = [record for record in records if record.status in DONE]
    bad = [record for record in records if record.status not in DONE]
    state: CellState = "done" if is_done(records, profile) else "left"
    if bad:
        state = "unavailable" if bad[0].status == "unavailable" else "failed"
    missing = 0 if state != "left" else max(profile.repetitions - len(good), 1)
    left_s = missing * pace.repetition_s(framework, variant)
    if missing and all(record.repetition != 1 for record in good):
        left_s += pace.accuracy_s(framework, variant)
    return CellStatus(
        framework=framework,
        model=variant.model,
        precision=variant.precision,
        state=state,
        repetitions=len(good),
        planned=profile.repetitions,
        left_s=left_s,
        error=f"{bad[0].status}: {bad[0].error}" if bad else None,
    )


def _mark_running(cells: list[CellStatus], name: str) -> None:
    for cell in cells:
        if cell.state == "left" and f"{cell.framework} {Variant(cell.model, cell.precision).name}" == name:
            cell.state = "running"


def _latest_end(
    run: Run, records: dict[tuple[str, Variant], list[Repetition]], framework: str, moment: Clocks
) -> int | None:
    """Return when the last repetition of this framework and boot ended, on CLOCK_MONOTONIC in nanoseconds."""
    ends = [
        window.end_ns
        for model in _known(run)
        for record in records[framework, model]
        if record.clocks.boot_id == moment.boot_id
        for window in record.windows
    ]
    return max(ends, default=None)
