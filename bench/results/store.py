"""The files of a run directory: written whole or not at all, read back checked."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from bench.errors import UserError
from bench.results.schema import SCHEMA_VERSION, Examination, Finding, Record, Repetition, Run, SamplerRecord

R = TypeVar("R", bound=Record)


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it: a reader never sees half of it.

    Raises
    ------
    UserError
        If the disk is full or the folder can't be written; what was there before stays.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> UserError:
    """Return what to tell the user about a failed write to `path`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(f"the disk is full: {path} was not written; free some space and run the same command again")
    return UserError(f"{path} can't be written ({error.strerror}); check that the folder is yours and writable")


def write_record(path: Path, record: Record) -> None:
    """Write a record as JSON, atomically."""
    write_atomic(path, record.model_dump_json(indent=1).encode() + b"\n")


def read_record(path: Path, kind: type[R]) -> R:
    """Read a record.

    Raises
    ------
    UserError
        If it is missing, is not a record of this kind, or has a newer schema than this program knows.
    """
    try:
        content = json.loads(path.read_bytes())
        version = content.get("schema_version", SCHEMA_VERSION) if isinstance(content, dict) else SCHEMA_VERSION
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise UserError(
                f"{path} has schema {version}, this bench knows up to {SCHEMA_VERSION}; "
                "read it with a newer version of bench"
            )
        return kind.model_validate(content)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(f"{path} is not a {kind.__name__} record ({where}: {first['msg']}); move it away") from None
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); move it away") from None


class RunFolder:
    """One run directory.

    Parameters
    ----------
    path : Path
        `results/runs/RUN_ID`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def run_json(self) -> Path:
        """Path of `run.json`."""
        return self.path / "run.json"

    def read_run(self) -> Run:
        """Read `run.json`; raises UserError like `read_record`."""
        return read_record(self.run_json, Run)

    def write_run(self, run: Run) -> None:
        """Write `run.json`."""
        write_record(self.run_json, run)

    def board_root(self, run: Run) -> Path:
        """Return what to read /sys and /proc of this run's board under: a simulated one's tree lies in the run."""
        return self.path / "board" if run.board.simulated else Path("/")

    def cell(self, framework: str, model: str) -> Path:
        """Return the folder of one cell's repetitions."""
        return self.path / "cells" / framework / model

    def predictions(self, framework: str, model: str) -> Path:
        """Return the path of one cell's predictions."""
        return self.path / "predictions" / framework / f"{model}.csv"

    def _repetition(self, repetition: Repetition) -> Path:
        return self.cell(repetition.framework, repetition.model) / f"rep-{repetition.repetition:02d}.json"

    def write_repetition(self, repetition: Repetition) -> None:
        """Write one repetition's record."""
        write_record(self._repetition(repetition), repetition)

    def drop_repetition(self, repetition: Repetition) -> None:
        """Delete one repetition's record, to make it again."""
        self._repetition(repetition).unlink()

    def repetitions(self, framework: str, model: str) -> list[Repetition]:
        """Read a cell's repetitions in order; raises UserError like `read_record`."""
        return [read_record(file, Repetition) for file in sorted(self.cell(framework, model).glob("rep-*.json"))]

    def clear_cell(self, framework: str, model: str) -> None:
        """Delete a cell's records, to measure it anew."""
        for file in self.cell(framework, model).glob("rep-*.json"):
            file.unlink()
        self.predictions(framework, model).unlink(missing_ok=True)

    @property
    def doctor_json(self) -> Path:
        """Path of `doctor.json`, which a run without a sampler does not have."""
        return self.path / "doctor.json"

    def write_examination(self, findings: list[Finding]) -> None:
        """Write what the sampler found of board and meter."""
        write_record(self.doctor_json, Examination(findings=findings))

    def examination(self) -> list[Finding]:
        """Read what the sampler found; nothing if there was none."""
        return read_record(self.doctor_json, Examination).findings if self.doctor_json.exists() else []

    def samplers(self) -> list[SamplerRecord]:
        """Read the records of the samplers that ran beside this run."""
        return [read_record(file, SamplerRecord) for file in sorted(self.path.glob("sampler*.json"))]


@contextmanager
def exclusive(path: Path, busy: str) -> Iterator[None]:
    """Hold an exclusive lock on `path`, which is released even if this process is killed.

    Parameters
    ----------
    busy : str
        What to tell the user if somebody else holds it.

    Raises
    ------
    UserError
        If the lock is held, or the file can't be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise cannot_write(path, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(busy) from None
        file.truncate(0)  # what the last one noted in it
        yield


def is_held(path: Path) -> bool:
    """Tell whether some process holds the lock on `path` now."""
    try:
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
