"""The quantities that decisions are made on, and which rows take part in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.records.columns import Row
from bench.records.moderation import NO_PRIOR, Prior, prior_of
from bench.records.proportions import binomial, share_ci95
from bench.records.statistics import Part

EMULATED = "the board is emulated: its speed and power say nothing"

PUBLISHED_IMAGES = 50_000
"""Published accuracy is that over the whole ILSVRC-2012 validation set."""


@dataclass(frozen=True)
class Quantity:
    """Something to decide on.

    Attributes
    ----------
    name
        The user's word for it.
    unit
        Of its values as they are shown; `factor` leads there from a row's SI unit.
    more_is_better
        False where less is.
    column, sd_log
        A row's columns with its value, and with the scatter of it; a share of images has its own instead.
    power, accuracy
        Whether it rests on measured power or on accuracy, which compare only within one boundary or source.
    """

    name: str
    title: str
    unit: str
    more_is_better: bool
    column: str
    sd_log: str = ""
    power: bool = False
    accuracy: bool = False
    factor: float = 1.0

    def read(self, row: Row) -> float | None:
        """Return a row's value; None if it has none."""
        value: float | None = getattr(row, self.column)
        return value

    def interval(self, row: Row) -> tuple[float, float] | None:
        """Return the 95 % interval of a row's value, in the unit in which it is shown; None if there is none."""
        value = self.read(row)
        if self.name in ("top1", "top5"):
            found = share_ci95(value, row.images_classified) if value is not None and row.images_classified else None
        else:
            low, high = (getattr(row, f"{self._prefix}_ci95_{end}", None) for end in ("low", "high"))
            found = None if low is None or high is None else (low, high)
        return None if found is None else (found[0] * self.factor, found[1] * self.factor)

    @property
    def _prefix(self) -> str:
        """What the names of its interval's columns begin with."""
        return "throughput" if self.name == "throughput" else self.column

    def scatter(self, row: Row, prior: Prior = NO_PRIOR) -> list[Part] | None:
        """Return what the repetitions' scatter adds to the value's uncertainty; None if that is unknown."""
        if not self.sd_log:
            return []
        sd_log = self._sd_log(row)
        return None if sd_log is None else [prior.scatter(sd_log, row.repetitions)]

    def prior(self, rows: Iterable[Row]) -> Prior:
        """Return what the scatter of these rows' values says of each other's."""
        known = [(self._sd_log(row), row.repetitions) for row in rows if self.sd_log]
        return prior_of((sd_log, repetitions) for sd_log, repetitions in known if sd_log is not None)

    def _sd_log(self, row: Row) -> float | None:
        sd_log: float | None = getattr(row, self.sd_log)
        return None if row.repetitions < 2 else sd_log

    def text(self, value: float) -> str:
        """Return a value as people read it."""
        shown = value * self.factor
        digits = 0 if abs(shown) >= 1000 else 1 if abs(shown) >= 100 else 2 if abs(shown) >= 1 else 3
        return f"{shown:.{digits}f} {self.unit}".strip()

    def basis(self, row: Row) -> tuple[str | None, str | None]:
        """Return what a row's value must have in common with another's to compare with it."""
        return (row.boundary if self.power else None, row.top1_source if self.accuracy else None)

    def why_none(self, row: Row) -> str:
        """Return why a row has no value."""
        if self.accuracy and row.weights == "synthetic":
            return "synthetic weights, which recognise nothing"
        if self.accuracy and row.top1 is None:
            return "accuracy was not measured"
        if self.power and row.power_w_mean is None:
            return "power was not measured"
        return f"{self.title} was not measured"


def unfit(row: Row) -> str | None:
    """Return why a row takes part in no ranking and no verdict; None if it does."""
    if row.status != "ok":
        return row.status
    if row.throttled:
        return "throttled"
    return "nothing was timed" if row.throughput_fps is None else None


def sampled(row: Row, share: float) -> Part:
    """Return what the choice of images adds to the uncertainty of a row's accuracy."""
    return binomial(share, row.images_classified or PUBLISHED_IMAGES)


_ENERGY, _SPREAD = "energy_j_per_image", "power_spread"

QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity("merit", "figure of merit", "img/J", True, "fom_top1", "fom_sd_log", power=True, accuracy=True),
        Quantity("throughput", "throughput", "img/s", True, "throughput_fps", "throughput_sd_log"),
        Quantity("power", "power", "W", False, "power_w_mean", "power_w_mean_sd_log", power=True),
        Quantity(
            "energy", "energy per image", "J", False, "energy_j_per_image", "energy_j_per_image_sd_log", power=True
        ),
        Quantity("top1", "top-1 accuracy", "%", True, "top1", accuracy=True, factor=100),
        Quantity("top5", "top-5 accuracy", "%", True, "top5", accuracy=True, factor=100),
        Quantity("memory", "memory", "MiB", False, "peak_rss_mib", "peak_rss_mib_sd_log"),
        Quantity("p95", "p95 latency", "ms", False, "latency_ms_p95", "latency_ms_p95_sd_log"),
        Quantity(
            "spread", "spread of power", "% of mean", False, "power_spread", "power_spread_sd_log", True, False, 100
        ),
    )
}
"""By name; the first one is what is decided on by default."""
