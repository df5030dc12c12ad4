"""What is submitted: one exclusive job for each board, and an array of shards for each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench.catalog import find_framework
from bench.catalog.settings import PlaceSettings, PlanSettings, options
from bench.errors import UserError
from bench.launch.fleet.record import FleetFolder, SharedCell
from bench.launch.fleet.slurm import Slurm
from bench.launch.settings import Settings
from bench.measure.plan import intend
from bench.output import say
from bench.records.run import Plan
from bench.runs.shards import SHARES_MAX


def submit_runs(settings: Settings, boards: str, console: Console) -> None:
    """Submit a job for each board that runs `bench up` with these settings; one that waits or runs is left alone.

    Raises
    ------
    UserError
        If a name is unknown, there is no such board, or Slurm refuses: what was submitted before that stays.
    """
    fleet = FleetFolder(settings.results, settings.plan.run)
    intend(settings.plan)  # refuses here what every board would refuse
    slurm = Slurm(console)
    chosen = [board.name for board in slurm.boards(boards)]
    queued = {job.name: job for job in slurm.jobs()}
    fleet.add_boards(chosen)
    words = options(replace(settings.plan, run=""), *settings[1:])
    for board in chosen:
        name = fleet.run_id(board)
        if name in queued:
            say(console, f"{board}: job {queued[name].id} for it is there already, {queued[name].state.lower()}.")
        else:
            job = slurm.submit(name, "board.sh", [fleet.name, *words], f"--nodelist={board}")
            say(console, f"{board}: job {job} measures it, into run {name}.")
    say(console, f"'bench fleet status --run {fleet.name}' tells how far they are.")


def submit_shards(plan: PlanSettings, results: Path, shards: int, console: Console) -> None:
    """Submit, for each cell of the plan, an array of those shards that are neither here nor waiting nor running.

    Raises
    ------
    UserError
        If a name is unknown, or Slurm refuses: what was submitted before that stays.
    """
    fleet = FleetFolder(results, plan.run)
    intended = intend(plan)
    if not 1 <= shards <= SHARES_MAX:
        raise UserError(f"--shards {shards}: between 1 and {SHARES_MAX} of them can be made")
    slurm = Slurm(console)
    cells = list(_cells(intended, shards, console))
    fleet.add_cells(cells)
    jobs = slurm.jobs()
    common = options(
        replace(plan, run="", suite="", frameworks=[], models=[], precision=[], board=""), PlaceSettings(results)
    )
    for cell in cells:
        missing = fleet.missing(cell)
        queued = {job.task for job in jobs if job.name == fleet.job_of(cell)}
        wanted = [number for number in missing if number not in queued]
        here = shards - len(missing)
        if not wanted:
            others = ", the others wait or run" if missing else ""
            say(console, f"{cell.name}: {here} of {shards} shards are here{others}.")
            continue
        words = [fleet.name, cell.framework, cell.model, str(shards), "--precision", cell.precision, *common]
        job = slurm.submit(fleet.job_of(cell), "accuracy.sh", words, f"--array={array(wanted)}")
        say(console, f"{cell.name}: job {job} makes {len(wanted)} of {shards} shards; {here} are here.")
    say(console, f"'bench fleet collect --run {fleet.name}' brings them, once they are made.")


def _cells(plan: Plan, shards: int, console: Console) -> Iterator[SharedCell]:
    """Yield the plan's cells, without those that their framework can't compute anywhere, which is said."""
    for name in plan.frameworks or []:
        framework = find_framework(name)
        for model, precision in plan.variants:
            cell = SharedCell(framework=name, model=model, precision=precision, shards=shards)
            why = framework.why_not(precision)
            if why:
                say(console, f"{cell.name}: no shards: {why}.")
            else:
                yield cell


def array(numbers: Sequence[int]) -> str:
    """Return numbers as Slurm writes the tasks of an array.

    >>> array([1, 2, 3, 7, 9, 10])
    '1-3,7,9-10'
    """
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1][1:] = [number]
        else:
            stretches.append([number])
    return ",".join("-".join(map(str, stretch)) for stretch in stretches)
