"""What the paper found, as data: typed access to paper.toml, which explains the fields."""

from __future__ import annotations

from functools import cache
from typing import Literal, Optional

from pydantic import model_validator

from bench.catalog import read_toml
from bench.catalog.suites import find_suite
from bench.records.schema import Record


class Test(Record):
    """A rule and its parameters."""

    __test__ = False  # pytest would take it for one of its own

    rule: Literal["higher", "lower", "ratio_between"]
    quantity: str
    frameworks: tuple[str, ...] = ()
    model: Optional[str] = None
    than: Optional[str] = None
    low: Optional[float] = None
    high: Optional[float] = None
    models: tuple[str, ...] = ()
    share: Literal["every", "most"] = "every"

    @model_validator(mode="after")
    def _is_whole(self) -> Test:
        if not self.frameworks and self.model is None:
            raise ValueError("a test has a subject: frameworks, a model, or both")
        if self.rule == "ratio_between" and None in (self.than, self.low, self.high):
            raise ValueError("ratio_between needs than, low and high")
        return self


class Claim(Record):
    """A finding; it is confirmed if all of its tests are."""

    name: str
    statement: str
    where: str
    reading: Optional[str] = None
    tests: list[Test]


class Paper(Record):
    """The findings, and the frameworks and models that "every" and "most" mean: those of the suite `paper`."""

    title: str
    frameworks: list[str]
    models: list[str]
    claims: list[Claim]


@cache
def paper() -> Paper:
    """Return the paper's findings."""
    suite = find_suite("paper")
    return Paper(
        frameworks=[framework.name for framework in suite.frameworks()],
        models=[model.name for model in suite.models()],
        **read_toml("paper.toml"),
    )
