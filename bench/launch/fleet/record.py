"""`fleet/NAME/`: which boards and which shards were asked for under a name, and the shards that were collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import Field

from bench.errors import UserError
from bench.names import checked_name
from bench.records.schema import SCHEMA_VERSION, Precision, Record, Variant
from bench.records.store import exclusive, read_record, write_record
from bench.runs.folder import RunFolder
from bench.runs.shards import Shard, Share, shard_or_fault


class SharedCell(Record):
    """A cell whose labelled images many machines classify, in so many shards."""

    framework: str
    model: str
    precision: Precision = "fp32"
    shards: int

    @property
    def name(self) -> str:
        """The cell's name, as messages have it."""
        return f"{self.framework} {Variant(self.model, self.precision).name}"


class Fleet(Record):
    """`fleet.json`: what was asked of many boards under one name."""

    schema_version: int = SCHEMA_VERSION
    boards: list[str] = Field(default_factory=list)
    cells: list[SharedCell] = Field(default_factory=list)


class FleetFolder:
    """One fleet's folder beside the runs.

    Parameters
    ----------
    results : Path
        The results folder, here and, by the same path, on every board.
    name : str
        What all of it is called; a board's run is that with the board's name.
    """

    def __init__(self, results: Path, name: str) -> None:
        if not name:
            raise UserError("what the boards measure needs a name, which their runs begin with: --run NAME")
        self.name = checked_name(name, "a run")
        self.runs = results / "runs"
        self.path = results / "fleet" / name

    def run_id(self, board: str) -> str:
        """Return the name of a board's run."""
        return f"{self.name}-{board}"

    def run_of(self, board: str) -> RunFolder:
        """Return the folder of a board's run."""
        return RunFolder(self.runs / self.run_id(board))

    def job_of(self, cell: SharedCell) -> str:
        """Return what the jobs are called that make a cell's shards."""
        return ":".join((self.name, *cell.name.split()))

    def shards(self, cell: SharedCell) -> Path:
        """Return the folder of a cell's shards that are here."""
        return RunFolder(self.path).shards(cell.framework, cell.model, cell.precision)

    def missing(self, cell: SharedCell) -> list[int]:
        """Return the numbers of the shards that are not here, whole."""
        found = {number: self._shard(cell, number) for number in range(1, cell.shards + 1)}
        return [number for number, shard in found.items() if not isinstance(shard, Shard)]

    def _shard(self, cell: SharedCell, number: int) -> Shard | str:
        return shard_or_fault(self.shards(cell), Share(number, cell.shards))

    def read(self) -> Fleet:
        """Read what was asked for; raises UserError if nothing was yet, or it can't be read."""
        file = self.path / "fleet.json"
        if not file.exists():
            raise UserError(
                f"nothing was asked of any board under the name '{self.name}' (no {file}): 'bench fleet run --run "
                f"{self.name}' does"
            )
        return read_record(file, Fleet)

    def update(self, change: Callable[[Fleet], Fleet]) -> None:
        """Write down what else is asked for."""
        file = self.path / "fleet.json"
        with exclusive(self.path / ".lock", f"another 'bench fleet' is at work on '{self.name}'; wait for its end"):
            write_record(file, change(read_record(file, Fleet) if file.exists() else Fleet()))

    def add_boards(self, boards: Iterable[str]) -> None:
        """Write down that these boards measure."""
        names = list(boards)
        self.update(lambda fleet: fleet.model_copy(update={"boards": list(dict.fromkeys([*fleet.boards, *names]))}))

    def add_cells(self, cells: Iterable[SharedCell]) -> None:
        """Write down that these cells are classified; another number of shards replaces a former one."""
        new = {cell.name: cell for cell in cells}
        self.update(
            lambda fleet: fleet.model_copy(
                update={"cells": list({**{cell.name: cell for cell in fleet.cells}, **new}.values())}
            )
        )
