"""Reading back the rows of a results.csv, whichever version of bench wrote it."""

from __future__ import annotations

import csv
from pathlib import Path

from pydantic import ValidationError

from bench.errors import UserError
from bench.records.columns import Row
from bench.records.migrate import migrate
from bench.records.store import first_fault

_FIRST_SCHEMA = "1"  # its tables did not say so


def read_rows(path: Path) -> list[Row]:
    """Read a results.csv; rows of an older schema are migrated.

    Raises
    ------
    UserError
        If it is missing, unreadable, no results.csv, or has a newer schema than this program knows.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if "run_id" not in (table.fieldnames or ()):
                raise UserError(f"{path} is not a results.csv: its first line does not name the columns")
            return [_row(fields, path, line) for line, fields in enumerate(table, start=2)]
    except FileNotFoundError:
        raise UserError(f"{path} does not exist") from None
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); check that it is a file and yours") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a results.csv ({error})") from None


def _row(fields: dict[str, str], path: Path, line: int) -> Row:
    try:
        version = int(fields.get("schema_version") or _FIRST_SCHEMA)
        known = {name: value for name, value in fields.items() if value != ""}
        return Row.model_validate(migrate(known, version, path))
    except ValidationError as error:
        raise UserError(f"{path}, line {line}, is no row of a results.csv ({first_fault(error)})") from None
    except ValueError as error:
        raise UserError(f"{path}, line {line}, is no row of a results.csv ({error})") from None
