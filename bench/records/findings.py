"""`doctor.json`: what was found of board and meter, and what fixes it."""

from __future__ import annotations

from typing import Literal, Optional

from bench.records.schema import SCHEMA_VERSION, Record


class Finding(Record):
    """What `bench doctor` found in one check.

    Attributes
    ----------
    level
        `ok`; `warn`: the numbers, or some cells, may suffer; `fail`: a run would be wasted.
    found
        What is the case.
    fix
        The command, or the file and line, that changes it; None where nothing needs to.
    """

    check: str
    level: Literal["ok", "warn", "fail"]
    found: str
    fix: Optional[str] = None


class Examination(Record):
    """`doctor.json`: what the sampler found of board and meter before it began."""

    schema_version: int = SCHEMA_VERSION
    findings: list[Finding]
