"""What the repetitions' scatter says of a value: the columns beside it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.records.statistics import interval, sd_of_logs


def scatter_facts(
    column: str, value: float, values: Sequence[float], limit: float | None = 0.0
) -> dict[str, float | None]:
    """Return a value's columns on scatter.

    Parameters
    ----------
    column : str
        What their names begin with.
    value : float
        Of all repetitions together.
    values : sequence of float
        One for each repetition, in the same unit.
    limit : float or None
        The meter's relative limit of error, which is a part of the interval. None, unknown, or 1, off by everything:
        then there is none.
    """
    if limit is None or limit >= 1:
        low, high = None, None
    else:
        low, high = interval(value, values, limit) or (None, None)
    return {f"{column}_sd_log": sd_of_logs(values), f"{column}_ci95_low": low, f"{column}_ci95_high": high}
