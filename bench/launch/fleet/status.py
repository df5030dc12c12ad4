"""How far a fleet is: what Slurm says of its boards and jobs, and what is not here yet."""

from __future__ import annotations

from collections.abc import Sequence

from bench.launch.fleet.record import Fleet, FleetFolder
from bench.launch.fleet.slurm import BoardState, Job, Slurm
from bench.launch.fleet.submit import array
from bench.records.schema import Record


class BoardStatus(Record):
    """A board of a fleet.

    Attributes
    ----------
    state, reason
        What Slurm says of it; `unknown` where Slurm does not know it.
    job
        What Slurm says of the job that measures it; empty if it has none that waits or runs.
    here
        Whether its run was collected.
    """

    board: str
    state: str
    reason: str
    job: str
    here: bool


class CellStatus(Record):
    """A cell of a fleet whose images are classified in shards, by the shards' numbers.

    Attributes
    ----------
    missing
        Neither collected nor waiting nor running: finished and still on their machine, or never made.
    """

    cell: str
    shards: int
    here: int
    running: list[int]
    waiting: list[int]
    missing: list[int]


class FleetStatus(Record):
    """How far a fleet is."""

    name: str
    boards: list[BoardStatus]
    cells: list[CellStatus]


def fleet_status(fleet: FleetFolder, slurm: Slurm) -> FleetStatus:
    """Ask Slurm and look into the folder; raises UserError if nothing was asked for under that name."""
    asked_for = fleet.read()
    return judge(fleet, asked_for, slurm.boards(), slurm.jobs())


def judge(fleet: FleetFolder, asked_for: Fleet, boards: Sequence[BoardState], jobs: Sequence[Job]) -> FleetStatus:
    """Put together what is asked for, what Slurm says, and what is here."""
    known, queued = {board.name: board for board in boards}, {job.name: job for job in jobs}
    found = []
    for name in asked_for.boards:
        board = known.get(name, BoardState(name, "unknown", "Slurm does not know it"))
        job = queued.get(fleet.run_id(name))
        why = f" ({job.reason})" if job and job.reason not in ("", "None") else ""
        found.append(
            BoardStatus(
                board=name,
                state=board.state,
                reason="" if board.reason == "none" else board.reason,
                job=f"{job.id} {job.state.lower()}{why}" if job else "",
                here=fleet.run_of(name).results_json.exists(),
            )
        )
    cells = []
    for cell in asked_for.cells:
        tasks = {job.task: job for job in jobs if job.name == fleet.job_of(cell) and job.task is not None}
        missing = fleet.missing(cell)
        running = [number for number in missing if number in tasks and tasks[number].state != "PENDING"]
        waiting = [number for number in missing if number in tasks and tasks[number].state == "PENDING"]
        cells.append(
            CellStatus(
                cell=cell.name,
                shards=cell.shards,
                here=cell.shards - len(missing),
                running=running,
                waiting=waiting,
                missing=[number for number in missing if number not in tasks],
            )
        )
    return FleetStatus(name=fleet.name, boards=found, cells=cells)


def status_lines(status: FleetStatus) -> list[str]:
    """Return a line for each board and for each cell."""
    lines = []
    for board in status.boards:
        why = f" ({board.reason})" if board.reason else ""
        job = f"job {board.job}" if board.job else "no job waits or runs"
        here = "its run is here" if board.here else "its run is not here"
        lines.append(f"{board.board}  {board.state}{why}; {job}; {here}")
    for cell in status.cells:
        parts = [f"{cell.here} of {cell.shards} shards here"]
        for what in ("running", "waiting", "missing"):
            numbers = getattr(cell, what)
            if numbers:
                parts.append(f"{what}: {array(numbers)}")
        lines.append(f"{cell.cell}  {'; '.join(parts)}")
    if any(cell.missing for cell in status.cells):
        lines.append(
            "What is missing was not collected, or not made: 'bench fleet collect', then 'bench fleet accuracy' again."
        )
    return lines
