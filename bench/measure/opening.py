"""Which run a framework is measured into: the named one, the open one, or one that it opens itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.board.simulated.board import identify_board
from bench.catalog import Framework
from bench.catalog.settings import PlanSettings
from bench.errors import UserError
from bench.measure.plan import complete, intend
from bench.prepare.models.prepared import prepared_own
from bench.records.run import Board, Conditions, Plan
from bench.runs.current import current_run, set_current
from bench.runs.folder import RunFolder
from bench.runs.open import difference, join, named_run, open_run


def open_for(
    results: Path, framework: str, settings: PlanSettings, say: Callable[[str], None]
) -> tuple[RunFolder, list[str]]:
    """Return the run that a framework is measured into, and the models to measure.

    That is the named run, or the open one. Where none is open, a plan is made of the settings as `prepare` makes one;
    where they say otherwise than the open run's plan, it is another run, for the rest like the open one.

    Raises
    ------
    UserError
        If a name is unknown, something is not prepared, or the named run was measured otherwise.
    """
    runs = results / "runs"
    goes_on = named_run(runs, settings.run) if settings.run else current_run(runs)
    run = goes_on.read_run() if goes_on else None
    prepared = results / "prepared"
    intended = intend(replace(settings, frameworks=[framework]), run.plan if run else None, prepared_own(prepared))
    plan = complete(intended, prepared)
    board, conditions = board_of(settings, goes_on), conditions_of(settings)
    if goes_on and run and not settings.run:
        different = difference(run, plan, board, conditions)
        beyond = [name for name in plan.models if name not in run.plan.models]
        if not different and not beyond:
            return join(goes_on, plan, conditions), plan.models
        different = different or f"without {', '.join(beyond)}"
        say(f"Run {goes_on.run_id} is open {different}: this goes into another run.")
    folder = open_run(runs, plan, settings.run, board, conditions, narrow=True)
    if not settings.run:
        set_current(folder)
    return folder, plan.models


def left_out(results: Path, framework: Framework, settings: PlanSettings, step: bool) -> str:
    """Say why a framework has no part in what is asked for; empty if it has.

    Parameters
    ----------
    step : bool
        Whether it runs as one of many, of which the open run's plan names some.

    Raises
    ------
    UserError
        If it is no step, and the settings leave it out.
    """
    current = current_run(results / "runs")
    if settings.frameworks or settings.source or settings.suite:
        asked_for = intend(settings, prepared=prepared_own(results / "prepared")).frameworks
    elif step and current and settings.run in ("", current.run_id):
        asked_for = current.read_run().plan.frameworks
    else:
        return ""
    if asked_for is None or framework.name in asked_for:
        return ""
    sentence = f"{framework.title} is not among the frameworks asked for ({', '.join(asked_for)})"
    if step:
        return sentence
    raise UserError(f"{sentence}; leave --frameworks, --suite and --source out, or measure one of them")


def summary(plan: Plan, models: list[str]) -> str:
    """Say in a line what a plan measures of these models."""
    threads = f"{plan.threads} thread{'s' if plan.threads > 1 else ''}"
    source = f", {plan.source}'s own weights" if plan.source else ""
    precisions = "" if plan.precisions == ["fp32"] else f" in {' and '.join(plan.precisions)}"
    return f"profile {plan.profile.name}, {threads}, {', '.join(models)}{precisions}{source}"


def board_of(settings: PlanSettings, goes_on: RunFolder | None) -> Board:
    """Return the board that the settings ask for; that of the run that goes on where they ask for none."""
    if goes_on is not None and not settings.board:
        board = goes_on.read_run().board
        if board.simulated:
            return board
    return identify_board(settings.board)


def conditions_of(settings: PlanSettings) -> Conditions:
    """Return what the user states of the surroundings; empty means not stated."""
    return Conditions(
        ambient_c=settings.ambient,
        power_supply=settings.power_supply or None,
        cooling=settings.cooling or None,
    )
