"""Bringing runs and shards here from the boards, one board at a time: what is not whole is not taken."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from rich.console import Console

from bench.errors import UserError
from bench.launch.fleet.record import FleetFolder
from bench.launch.fleet.slurm import Slurm
from bench.launch.fleet.submit import say
from bench.records.files import cannot_write, write_atomic
from bench.results.verify import verify
from bench.runs.folder import RunFolder
from bench.runs.locks import is_measured
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
        try:
            found = slurm.on_board(board.name, "collect.sh", _words(fleet, board.name, results), BRINGING_MINUTES)
        except UserError as error:
            say(console, f"! {board.name} ({board.state}) was left out: {error}.")
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
    """Take a board's run and shards out of its archive, each only if it is whole; yield what became of them.

    Raises
    ------
    UserError
        If they can't be written here.
    """
    incoming = fleet.path / "incoming" / board
    shutil.rmtree(incoming, ignore_errors=True)
    try:
        try:
            unpack(archive, incoming)
        except (tarfile.TarError, EOFError) as error:
            yield f"what it sent is no whole archive ({error}); nothing was taken."
            return
        run = RunFolder(incoming / fleet.run_id(board))
        if run.run_json.exists():
            yield _take_run(run, fleet.run_of(board))
        yield from _take_shards(fleet, RunFolder(incoming / fleet.name))
    except OSError as error:
        raise cannot_write(incoming, error) from error
    finally:
        shutil.rmtree(fleet.path / "incoming", ignore_errors=True)


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack regular files into a folder that is made, and nothing that would lie outside of it.

    Raises
    ------
    tarfile.TarError
        If the archive is not whole, or holds anything else than files and folders within it.
    """
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            place = PurePosixPath(member.name)
            if place.is_absolute() or ".." in place.parts or not (member.isfile() or member.isdir()):
                raise tarfile.TarError(f"'{member.name}' is no file within it")
            target = folder / place
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            source = tar.extractfile(member)
            assert source is not None  # of a regular file
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)


def _take_run(new: RunFolder, here: RunFolder) -> str:
    """Put a run where the former one of its name was, if it is finished and whole."""
    if new.read_run().ended is None:
        return f"its run {new.run_id} is not finished: not taken."
    problems = verify(new).problems
    if problems:
        more = f" (and {len(problems) - 1} faults more)" if len(problems) > 1 else ""
        return f"its run {new.run_id} is not whole, and not taken: {problems[0]}{more}"
    if here.run_json.exists() and is_measured(here):
        return f"its run {new.run_id} is being measured here."
    former = here.path.with_name(f".{here.run_id}.former")
    shutil.rmtree(former, ignore_errors=True)
    if here.path.exists():
        here.path.rename(former)
    here.path.parent.mkdir(parents=True, exist_ok=True)
    new.path.rename(here.path)
    shutil.rmtree(former, ignore_errors=True)
    return f"run {new.run_id} is here, checked."


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
