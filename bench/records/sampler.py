"""`sampler.json`: what a sampler read beside a run."""

from __future__ import annotations

from typing import Any, Optional

from pydantic import Field

from bench.records.schema import SCHEMA_VERSION, Amount, Boundary, Clocks, Record


class SamplerRecord(Record):
    """`sampler.json`: what the sampler read, how well, and at what cost.

    Attributes
    ----------
    meter
        The meter's name (`hwmon`, `simulated`, `none`).
    boundary
        What the meter sees; None without a meter.
    uncertainty
        Relative uncertainty of one power sample as the meter's maker states it (0.01 = 1 %); None where unknown.
    period_s
        The schedule's period in seconds.
    samples, missed, stale, invalid
        Lines written; schedule slots that passed without one; readings that repeat the one before, taken before the
        meter can have made another; readings that were refused.
    not_a_number, negative, backwards, unanswered
        Why readings were refused: no finite number; power or current below zero; a time before that of the reading
        before; no answer at all.
    outages
        How often the meter vanished: a stretch without an answer counts once, whether or not it came back.
    longest_unchanged_s
        The longest time in which every reading was the same, in seconds: a frozen meter, or a coarse one.
    jitter_ms_p99
        How late after their slots samples were taken: 99 % at most so many milliseconds.
    cpu_s
        The sampler's own processor time in seconds, programs that it runs to read the meter included.
    samples_sha256
        Of the samples file as it was written to the end; None while the sampler runs, or if it was killed.
    began, ended
        `ended` is None while it runs (or if it was killed: samples are flushed one by one all the same).
    """

    schema_version: int = SCHEMA_VERSION
    meter: str
    boundary: Optional[Boundary] = None
    uncertainty: Optional[Amount] = None
    details: dict[str, Any] = Field(default_factory=dict)
    period_s: float
    samples: int = 0
    missed: int = 0
    stale: int = 0
    invalid: int = 0
    not_a_number: int = 0
    negative: int = 0
    backwards: int = 0
    unanswered: int = 0
    outages: int = 0
    longest_unchanged_s: float = 0.0
    jitter_ms_p99: Optional[float] = None
    cpu_s: float = 0.0
    samples_sha256: Optional[str] = None
    began: Clocks
    ended: Optional[Clocks] = None
