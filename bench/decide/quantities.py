"""The quantities that decisions are made on, and which rows take part in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.decide.estimates import Estimate, share_of
from bench.records.columns import Row

EMULATED = "the board is emulated: its speed and power say nothing"


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
    read
        Returns a row's value with its interval; None if the row has none.
    power, accuracy
        Whether it rests on measured power or on accuracy, which compare only within one boundary or source.
    """

    name: str
    title: str
    unit: str
    more_is_better: bool
    read: Callable[[Row], Estimate | None]
    power: bool = False
    accuracy: bool = False
    factor: float = 1.0

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
    return "nothing was timed" if row.throughput_fps is None else None


def _plain(field: str) -> Callable[[Row], Estimate | None]:
    def read(row: Row) -> Estimate | None:
        value = getattr(row, field)
        return None if value is None else Estimate(value)

    return read


def _with_interval(field: str, interval: str) -> Callable[[Row], Estimate | None]:
    def read(row: Row) -> Estimate | None:
        value = getattr(row, field)
        return (
            None
            if value is None
            else Estimate(value, getattr(row, f"{interval}_low"), getattr(row, f"{interval}_high"))
        )

    return read


def _of_the_meter(field: str) -> Callable[[Row], Estimate | None]:
    def read(row: Row) -> Estimate | None:
        value, relative = getattr(row, field), row.power_uncertainty
        if value is None or relative is None:
            return None if value is None else Estimate(value)
        return Estimate(value, value * (1 - relative), value * (1 + relative))

    return read


def _accuracy(field: str) -> Callable[[Row], Estimate | None]:
    def read(row: Row) -> Estimate | None:
        share = getattr(row, field)
        return None if share is None else share_of(share, row.images_classified)

    return read


def _spread(row: Row) -> Estimate | None:
    if row.power_w_min is None or row.power_w_max is None or not row.power_w_mean:
        return None
    return Estimate((row.power_w_max - row.power_w_min) / row.power_w_mean)


QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity("merit", "figure of merit", "img/J", True, _with_interval("fom_top1", "fom_top1_ci95"), True, True),
        Quantity("throughput", "throughput", "img/s", True, _with_interval("throughput_fps", "throughput_ci95")),
        Quantity("power", "power", "W", False, _of_the_meter("power_w_mean"), power=True),
        Quantity("energy", "energy per image", "J", False, _of_the_meter("energy_j_per_image"), power=True),
        Quantity("top1", "top-1 accuracy", "%", True, _accuracy("top1"), accuracy=True, factor=100),
        Quantity("top5", "top-5 accuracy", "%", True, _accuracy("top5"), accuracy=True, factor=100),
        Quantity("memory", "memory", "MiB", False, _plain("peak_rss_mib")),
        Quantity("p95", "p95 latency", "ms", False, _plain("latency_ms_p95")),
        Quantity("spread", "spread of power", "% of mean", False, _spread, power=True, factor=100),
    )
}
"""By name; the first one is what is decided on by default."""
