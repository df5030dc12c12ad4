"""Before anything is measured: everything is checked, then prepared, then the run is opened with its plan."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from bench.board.memory import memory
from bench.catalog import find_models, find_source
from bench.catalog.memory import needs
from bench.catalog.settings import InputSettings, PlanSettings
from bench.measure.opening import board_of, conditions_of, summary
from bench.measure.plan import complete, intend
from bench.output import say
from bench.prepare.command import prepare_all
from bench.prepare.images.layouts import list_images
from bench.prepare.models.native import verify_native
from bench.prepare.models.origins import verify_local
from bench.prepare.models.own import assumed, own_files, read_own, require_labels
from bench.prepare.models.prepared import prepared_own
from bench.records.run import Plan
from bench.runs.current import current_run, opened_by, set_current
from bench.runs.folder import RunFolder
from bench.runs.locks import BusyError, alone, await_quiet
from bench.runs.open import difference, named_run, open_run, reopen, require_same


def check(results: Path, settings: PlanSettings, inputs: InputSettings) -> Plan:
    """Refuse everything that can be refused before anything is downloaded or changed; return the intended plan.

    Raises
    ------
    UserError
        If a name is unknown, a folder can't be used, or the named run was measured otherwise.
    """
    prepared, named = results / "prepared", named_run(results / "runs", settings.run)
    own = read_own(inputs)
    plan = intend(settings, named.read_run().plan if named else None, prepared_own(prepared), own)
    board = board_of(settings, named)
    if named:
        require_same(named, plan, board, conditions_of(settings))
    native = find_source(plan.source)
    if native:
        verify_native(native, plan.models, prepared, inputs.weights)
    elif inputs.weights is not None:
        verify_local(inputs.weights, find_models(plan.models, plan.own))
    if inputs.images is not None:
        list_images(inputs.images)
    require_labels(plan.own, plan.models, inputs.images, prepared)
    return plan


def prepare_and_open(
    results: Path, settings: PlanSettings, inputs: InputSettings, console: Console, step: str = ""
) -> RunFolder:
    """Prepare models and images, make the plan, open its run, and write down that it is the one to measure into.

    Parameters
    ----------
    step : str
        The name of the chain of steps that this is one of. It may be begun again beside itself: where its very plan is
        being measured, nothing is to be done.

    Raises
    ------
    UserError
        Like `check`; if a benchmark runs, before anything is changed; or if what is given or found is wrong.
    """
    settings = _with_suite(results, settings)
    plan = check(results, settings, inputs)
    runs, prepared = results / "runs", results / "prepared"

    tell = partial(say, console)
    unsaid, onnx = assumed(inputs), own_files(inputs)
    if unsaid:
        tell(f"! {', '.join(path.stem for path in onnx)}: {unsaid}")
    try:
        await_quiet(runs, tell)
        with alone(runs):
            chosen, native = find_models(plan.models, plan.own), find_source(plan.source)
            prepare_all(chosen, plan.precisions, inputs.weights, inputs.images, prepared, console, native, onnx)
            board = board_of(settings, named_run(runs, settings.run))
            folder = open_run(runs, complete(plan, prepared), settings.run, board, conditions_of(settings))
            reopen(folder)
            set_current(folder, step)
    except BusyError:
        current = current_run(runs)
        if current is None or not step or step != opened_by(runs) or not _measures(current, plan, settings):
            raise
        tell(f"Run {current.run_id} is being measured by this very plan: nothing to prepare.")
        return current
    opened = folder.read_run().plan
    tell(f"Run {folder.run_id} is open: {', '.join(opened.frameworks or [])}; {summary(opened, opened.models)}.")
    found = memory(folder.board_root(folder.read_run()), needs(opened.frameworks or [], opened.models))
    if found is not None and found.level != "ok":
        tell(f"! memory: {found.found}; {found.fix}.")
    return folder


def _measures(folder: RunFolder, plan: Plan, settings: PlanSettings) -> bool:
    """Tell whether a run is what was asked for, as far as that can be told before preparing."""
    run = folder.read_run()
    same = (run.plan.models, run.plan.frameworks) == (plan.models, plan.frameworks)
    return same and not difference(run, plan, board_of(settings, None), conditions_of(settings))


def _with_suite(results: Path, settings: PlanSettings) -> PlanSettings:
    """Take the suite that a profile of Compose stands for: compose.yaml has it written down for this one time."""
    told = results / "suite"
    try:
        suite = told.read_text(encoding="utf-8").strip()
        told.unlink()
    except OSError:
        return settings
    return settings if settings.suite else replace(settings, suite=suite)
