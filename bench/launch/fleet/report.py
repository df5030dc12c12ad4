"""One report of all boards of a fleet, each with the accuracy that all machines found together."""

from __future__ import annotations

import shutil
from pathlib import Path

from rich.console import Console

from bench.errors import UserError
from bench.launch.fleet.record import FleetFolder
from bench.output import say
from bench.report.kinds import kinds_table
from bench.report.run import gather
from bench.report.write import write_report
from bench.runs.folder import RunFolder


def report(fleet: FleetFolder, results: Path, console: Console) -> Path:
    """Give the shards that are here to every run that is here, merge each, and write one report; return its page.

    Raises
    ------
    UserError
        If no run was collected, or something can't be read or written.
    """
    boards = fleet.read().boards
    runs = {board: fleet.run_of(board) for board in boards if fleet.run_of(board).results_json.exists()}
    if not runs:
        raise UserError(
            f"no board's run is here yet; 'bench fleet collect --run {fleet.name}' brings those that are finished"
        )
    for run in runs.values():
        run.refuse_links()
        _share(fleet.path / "shards", run)
    gathered = [gather(run) for run in runs.values()]
    left_out = [board for board in boards if board not in runs]
    if left_out:
        say(console, f"! Without {', '.join(left_out)}: not collected.")
    told: dict[str, list[str]] = {}
    for one in gathered:
        for warning in one.results.warnings:
            told.setdefault(str(warning), []).append(one.run.run_id)
    for sentence, names in told.items():
        say(console, f"- {sentence} [{'every run' if len(names) == len(gathered) else ', '.join(names)}]")
    table = kinds_table(gathered)
    return write_report(gathered, results, fleet.path, [table] if table else [])


def _share(shards: Path, run: RunFolder) -> None:
    if shards.is_dir():
        shutil.copytree(shards, run.path / "shards", dirs_exist_ok=True)
