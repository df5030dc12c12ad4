"""Suites: named sets of frameworks and models, of which the first is the default."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bench.catalog import Framework, Model, find_frameworks, find_models, frameworks, match_name, models, read_toml
from bench.records.schema import OwnModel, Record

EVERYTHING = "all"


class Suite(Record):
    """One suite of the catalog."""

    name: str
    title: str

    def frameworks(self, names: Iterable[str] = ()) -> list[Framework]:
        """Return its frameworks; where names are given, those, which need not be its own (`find_frameworks`)."""
        members = [found for found in frameworks().values() if self._has(found)]
        return find_frameworks(names) if any(names) else members

    def models(self, names: Iterable[str] = (), own: Iterable[OwnModel] = ()) -> list[Model]:
        """Return its models; where names are given, those, which need not be its own (`find_models`)."""
        members = [found for found in models().values() if self._has(found)]
        return find_models(names, own) if any(names) else members

    def _has(self, member: Framework | Model) -> bool:
        return self.name == EVERYTHING or self.name in member.suites


@cache
def suites() -> dict[str, Suite]:
    """Return the suites by name."""
    return {name: Suite(name=name, **fields) for name, fields in read_toml("suites.toml").items()}


def find_suite(name: str = "") -> Suite:
    """Find a suite by its name or an unambiguous prefix, the default where none is given.

    Raises
    ------
    UserError
        If the name fits no suite or several.
    """
    return suites()[match_name(name, suites(), "suite") if name else next(iter(suites()))]
