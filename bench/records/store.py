"""The files of a run directory: written whole or not at all, read back checked."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from bench.errors import UserError
from bench.records.files import lock, open_lock, write_atomic
from bench.records.migrate import migrate
from bench.records.schema import Record
from bench.records.seal import sealed, unsealed

R = TypeVar("R", bound=Record)

PROBES, PROBE_S = 10, 0.025
"""A lock may be held for a moment by who only looks whether it is held: so often it is tried, so many seconds apart."""


def write_record(path: Path, record: Record) -> None:
    """Write a record as JSON, sealed, atomically."""
    write_atomic(path, sealed(record.model_dump_json(indent=1).encode()))


def read_record(path: Path, kind: type[R]) -> R:
    """Read a record; one of an older schema is migrated.

    Raises
    ------
    UserError
        If it is missing, unreadable, not a record of this kind, or has a newer schema than this program knows.
    """
    try:
        content = unsealed(path.read_bytes())
        if isinstance(content, dict) and isinstance(content.get("schema_version"), int):
            content = migrate(content, content["schema_version"], path)
        return kind.model_validate(content)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist") from None
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); check that it is a file and yours") from None
    except ValidationError as error:
        raise UserError(f"{path} is not a {kind.__name__} record ({first_fault(error)}); move it away") from None
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); move it away") from None


def first_fault(error: ValidationError) -> str:
    """Return where the first fault is, and what it is."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    return f"{where}: {first['msg']}"


@contextmanager
def exclusive(path: Path, busy: str, refusal: type[UserError] = UserError) -> Iterator[int]:
    """Hold an exclusive lock on `path`, which is released even if this process is killed; give its file descriptor.

    Parameters
    ----------
    busy : str
        What to tell the user if somebody else holds it.
    refusal : type
        Of the error that tells it.

    Raises
    ------
    UserError
        If the lock is held, or the file can't be made or locked.
    """
    with open_lock(path) as file:
        for _ in range(PROBES):
            with suppress(BlockingIOError):
                lock(file, path, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(PROBE_S)
        else:
            raise refusal(busy)
        file.truncate(0)  # what the last one noted in it
        yield file.fileno()
