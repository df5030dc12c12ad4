"""What an older version of bench wrote, brought to today's schema; what a newer one wrote is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.errors import UserError
from bench.records.schema import SCHEMA_VERSION

Content = dict[str, Any]


def _from_1(content: Content) -> Content:
    """Return it as it is: all that schema 2 adds may be absent (surroundings, net energy, uncertainties)."""
    return content


def _from_2(content: Content) -> Content:
    """Name what schema 2 named otherwise, and keep the sentence of each warning, which had no kind.

    A session of a run is a call: a network that is loaded is a session too. What mends a finding fixes it.
    """
    changed = {_CALLED.get(name, name): value for name, value in content.items()}
    for name in ("findings", "doctor"):
        if name in content:
            changed[name] = _each(content[name], dict, _fix_for_mend)
    if "warnings" in content:
        changed["warnings"] = _each(content["warnings"], str, lambda text: {"kind": "former", "sentence": text})
    return changed


_CALLED = {"sessions": "calls", "session": "call"}


def _fix_for_mend(finding: Any) -> Any:
    return {"fix" if key == "mend" else key: value for key, value in finding.items()}


def _each(items: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """Change each item of that kind in a list; what is something else is left for the schema to refuse."""
    return [change(item) if isinstance(item, kind) else item for item in items] if isinstance(items, list) else items


MIGRATIONS: dict[int, Callable[[Content], Content]] = {1: _from_1, 2: _from_2}
"""For each former schema the step to the next; a step knows the fields of its own two schemas only."""


def migrate(content: Content, version: int, path: Path) -> Content:
    """Bring a record's content, or a row of results.csv, to today's schema.

    Parameters
    ----------
    content : dict
        As read; it is not changed.
    version : int
        The schema it was written in.
    path : Path
        Its file, for the message.

    Raises
    ------
    UserError
        If the schema is newer than this program, or none that ever was.
    """
    if version > SCHEMA_VERSION:
        raise UserError(
            f"{path} has schema {version}, this bench knows up to {SCHEMA_VERSION}; "
            "read it with a newer version of bench"
        )
    if version < SCHEMA_VERSION and version not in MIGRATIONS:
        raise UserError(f"{path} has schema {version}, which never was; move it away")
    for former in range(version, SCHEMA_VERSION):
        content = MIGRATIONS[former](content)
    return {**content, "schema_version": SCHEMA_VERSION}
