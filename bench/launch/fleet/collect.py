"""Bringing runs and shards here from the boards, one board at a time: what is not whole is not taken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from bench.errors import UserError
from bench.launch.fleet.doctor import judge_state
from bench.launch.fleet.record import FleetFolder
from bench.launch.fleet.slurm import Slurm
from bench.output import say
from bench.records.files import write_atomic
from bench.results.incoming import take_run, unpack
from bench.runs.folder import RunFolder
from bench.runs.shards import read_shard, shard_csv, shard_json, shares_in

BRINGING_MINUTES = 10


def collect(fleet: FleetFolder, results: Path, boards: str, console: Console) -> bool:
    """Bring what the boards have of a fleet; tell whether everything that was asked for is here now.

    A board that is busy or silent, a run that is not finished or not whole, and a shard that is torn are named; what
    is here of them stays as it is.
    """
    asked_for = fleet.read()
    slurm = Slurm(console)
    for board in slurm.boards(boards):
        trouble = judge_state(board)
        if trouble:
            say(console, f"! {board.name} was left out: {trouble.found}; {trouble.fix}")
            continue
        try:
            found = slurm.on_board(board.name, "collect.sh", _words(fleet, board.name, results), BRINGING_MINUTES)
        except UserError as error:
            say(console, f"! {board.name} ({board.state}) was left out: {error}; collect again after its job")
            continue
        for sentence in take(fleet, board.name, found):
            say(console, f"{board.name}: {sentence}")
    lost = [board for board in asked_for.boards if not fleet.run_of(board).results_json.exists()]
    missing = [f"{len(fleet.missing(cell))} shards of {cell.name}" for cell in asked_for.cells if fleet.missing(cell)]
    still = [*(f"the run of {board}" for board in lost), *missing]
    again = "collect again once 'bench fleet status' shows no job"
    say(console, f"Not here yet: {', '.join(still)}; {again}." if still else "All that was asked for is here.")
    return not still


def _words(fleet: FleetFolder, board: str, results: Path) -> list[str]:
    return [str(results / "runs"), fleet.run_id(board), fleet.name]


def take(fleet: FleetFolder, board: str, archive: bytes) -> Iterator[str]:
    """Take a board's run and shards out of its archive, each only if it is whole; yield what became of them."""
    incoming = fleet.path / "incoming" / board
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        unpack(archive, incoming)
        run = RunFolder(incoming / fleet.run_id(board))
        if run.run_json.exists():
            yield f"{_take(run, fleet.run_of(board))}."
        yield from _take_shards(fleet, RunFolder(incoming / fleet.name))
    except UserError as error:
        yield f"{error}."
    finally:
        shutil.rmtree(fleet.path / "incoming", ignore_errors=True)


def _take(new: RunFolder, here: RunFolder) -> str:
    try:
        return f"run {take_run(new, here).run_id} is here, checked"
    except UserError as error:
        return str(error)


def _take_shards(fleet: FleetFolder, new: RunFolder) -> Iterator[str]:
    taken = 0
    for cell in sorted(new.path.glob("shards/*/*")):
        here = fleet.path / "shards" / cell.parent.name / cell.name
        for share in shares_in(cell):
            try:
                read_shard(cell, share)
            except UserError as error:
                yield f"shard {share} of {cell.parent.name} {cell.name} was not taken: {error}"
                continue
            for file in (shard_csv, shard_json):  # the record last: without it a shard is not there
                write_atomic(file(here, share), file(cell, share).read_bytes())
            taken += 1
    if taken:
        yield f"{taken} shards are here, checked."
