"""Several boards of one kind as one: what they have in common, and how far they scatter, apart from each one's own."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from bench.records.columns import Row


class OfKind(NamedTuple):
    """A cell on several boards of one kind.

    Attributes
    ----------
    boards
        How many have it.
    throughput_fps
        The geometric mean of their throughputs.
    between
        Standard deviation of the boards' throughputs as logarithms (0.01: they scatter by 1 %), without what each
        one's own repetitions make of it.
    within
        That of one board's repetitions, over all boards together; None if none has two.
    """

    boards: int
    throughput_fps: float
    between: float
    within: float | None


def of_kind(rows: Sequence[Row]) -> OfKind | None:
    """Return what one cell comes to on several boards of one kind; None below two that have a throughput.

    One row of each board. The boards are a random effect, estimated from an analysis of variance (Searle, Casella &
    McCulloch, Variance Components, 1992, chapter 3): the variance of their means less the part that the repetitions
    have in it.

    >>> row = Row(run_id="a", board="Pi 4", framework="opencv", model="nin", status="ok", repetitions=4,
    ...           throughput_fps=10.0, throughput_sd_log=0.01)
    >>> found = of_kind([row, row.model_copy(update={"throughput_fps": 11.0})])
    >>> found.boards, round(found.throughput_fps, 2), round(found.between, 4), round(found.within, 4)
    (2, 10.49, 0.0672, 0.01)
    """
    known = [row for row in rows if row.status == "ok" and row.throughput_fps]
    if len(known) < 2:
        return None
    logs = [math.log(row.throughput_fps) for row in known if row.throughput_fps]
    repeated = [(row.throughput_sd_log**2, row.repetitions) for row in known if row.throughput_sd_log is not None]
    own = statistics.fmean(variance / count for variance, count in repeated) if repeated else 0.0
    within = None
    if repeated:
        freedom = sum(count - 1 for _, count in repeated)
        within = math.sqrt(sum(variance * (count - 1) for variance, count in repeated) / freedom)
    between = math.sqrt(max(statistics.variance(logs) - own, 0.0))
    return OfKind(len(known), math.exp(statistics.fmean(logs)), between, within)
