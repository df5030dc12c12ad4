"""From samples to a cell's power, energy and figures of merit, with what is known of their uncertainty."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Optional

from bench.power.samples.energy import WindowPower, window_power
from bench.power.samples.read import Sampling
from bench.records.sampler import SamplerRecord
from bench.records.schema import Repetition
from bench.records.statistics import sd_of_logs
from bench.results.scatter import scatter_facts


class Measured(NamedTuple):
    """What one repetition's timed window yields.

    Attributes
    ----------
    images
        Images timed.
    busy_s
        Seconds spent preprocessing and inferring, the time that throughput counts.
    window_s
        Seconds of the window.
    energy_j
        Joules taken in the window.
    idle_w
        Mean power in the idle windows before and after, in watts; None without samples there.
    """

    images: int
    busy_s: float
    window_s: float
    energy_j: float
    idle_w: Optional[float]


def cell_power(
    records: list[Repetition], samplings: list[Sampling], unpowered: dict[str, list[str]]
) -> tuple[dict[str, Any], list[Measured]]:
    """Return the row's fields on power and the board's state, and each repetition's part of them.

    Fields on power stay empty, and the list too, unless every timed window has power, all from one meter.

    Parameters
    ----------
    records : list of Repetition
        A cell's good repetitions.
    samplings : list of Sampling
        From `read_samples`.
    unpowered : dict
        Where a reason for having no power is entered, with the cell's name.
    """
    timed = [found for record in records for found in _windows(record, "timed", samplings)]
    powers = [power for power, _ in timed]
    bits = [power.throttled_bits for power in powers if power.throttled_bits is not None]
    facts = {
        "temp_c_max": max((power.temp_c_max for power in powers if power.temp_c_max is not None), default=None),
        "arm_mhz_min": min((power.arm_mhz_min for power in powers if power.arm_mhz_min is not None), default=None),
        "throttled": any(bits) if bits else None,
    }
    meters = {(sampler.meter, sampler.boundary) for _, sampler in timed if sampler is not None}
    if all(boundary is None for _, boundary in meters) and not (not meters and _was_metered(samplings)):
        return facts, []  # nobody measured power, which is no fault
    reasons = {power.reason for power in powers if power.reason is not None}
    if len(meters) > 1:
        reasons = {"its repetitions were measured by different meters"}
    if reasons:
        unpowered.setdefault("; ".join(sorted(reasons)), []).append(f"{records[0].framework} {records[0].variant.name}")
        return facts, []
    ((meter, boundary),) = meters
    measured = [_measured(record, samplings, meter) for record in records]
    limit = _worst(sampler.uncertainty for _, sampler in timed if sampler is not None)
    return facts | {"meter": meter, "boundary": boundary} | _extremes(powers) | _means(measured, limit), measured


def _was_metered(samplings: list[Sampling]) -> bool:
    """Tell whether power was measured beside the run at all, be it in another boot or by a sampler that is lost."""
    return any(sampling.record is None or sampling.record.boundary is not None for sampling in samplings)


def _extremes(powers: list[WindowPower]) -> dict[str, float | None]:
    low_high = [
        (p.power_w_min, p.power_w_max) for p in powers if p.power_w_min is not None and p.power_w_max is not None
    ]
    spreads = [(high - low) / p.power_w_mean for (low, high), p in zip(low_high, powers) if p.power_w_mean]
    return {
        "power_w_min": min(low for low, _ in low_high),
        "power_w_max": max(high for _, high in low_high),
        "power_spread": _mean(spreads),
        "power_spread_sd_log": sd_of_logs(spreads),
    }


def _means(measured: list[Measured], limit: float | None) -> dict[str, float | None]:
    energy_j, images = sum(part.energy_j for part in measured), sum(part.images for part in measured)
    values = {
        "power_w_mean": (
            energy_j / sum(part.window_s for part in measured),
            [part.energy_j / part.window_s for part in measured],
        ),
        "energy_j_per_image": (energy_j / images, [part.energy_j / part.images for part in measured]),
    }
    net_j = [_net_j_per_image([part]) for part in measured]
    known = [value for value in net_j if value is not None]
    facts: dict[str, float | None] = {
        "power_w_idle": _mean(part.idle_w for part in measured),
        "power_uncertainty": limit,
        "energy_net_j_per_image": _net_j_per_image(measured),
    }
    if facts["energy_net_j_per_image"] is not None:
        values["energy_net_j_per_image"] = (facts["energy_net_j_per_image"], known)
    for name, (value, own) in values.items():
        facts |= {name: value, **scatter_facts(name, value, own, limit)}
    return facts


def merit(
    measured: Sequence[Measured], uncertainty: float | None, top1: float | None, top5: float | None
) -> dict[str, float | None]:
    """Return the figures of merit, correct images per joule = accuracy × throughput ÷ power, with their intervals.

    Accuracy scales merit and interval alike: it is taken as given, and adds its own part where models are compared.

    Parameters
    ----------
    measured : sequence of Measured
        The cell's repetitions; none gives nothing.
    uncertainty : float or None
        The meter's relative uncertainty.
    top1, top5 : float or None
        Accuracy as fractions.
    """
    rate = images_per_joule(measured) if measured else None
    if rate is None:
        return {}
    rates = [images_per_joule([part]) or 0.0 for part in measured]
    facts: dict[str, float | None] = {"fom_sd_log": sd_of_logs(rates)}
    for name, share in (("fom_top1", top1), ("fom_top5", top5)):
        if share is not None:
            found = scatter_facts(name, share * rate, rates, uncertainty)
            facts |= {name: share * rate, **{column: found[column] for column in found if "ci95" in column}}
    return facts


def images_per_joule(measured: Sequence[Measured]) -> float | None:
    """Return throughput ÷ mean power over repetitions taken together, in images per joule; None if there is no power.

    Throughput counts the time within images and power the whole window, as the paper does.
    """
    fps = sum(part.images for part in measured) / sum(part.busy_s for part in measured)
    power_w = sum(part.energy_j for part in measured) / sum(part.window_s for part in measured)
    return fps / power_w if power_w > 0 else None


def _measured(record: Repetition, samplings: list[Sampling], meter: str) -> Measured:
    timed = [window for window in record.windows if window.name == "timed"]
    return Measured(
        images=len(record.inference_ns),
        busy_s=(sum(record.preprocess_ns) + sum(record.inference_ns)) / 1e9,
        window_s=sum(window.end_ns - window.begin_ns for window in timed) / 1e9,
        energy_j=sum(power.energy_j or 0 for power, _ in _windows(record, "timed", samplings)),
        idle_w=_idle_w(record, samplings, meter),
    )


def _net_j_per_image(measured: Sequence[Measured]) -> float | None:
    """Return energy above each repetition's own idle power, per image; None if one of them has no idle power."""
    net_j = 0.0
    for part in measured:
        if part.idle_w is None:
            return None
        net_j += part.energy_j - part.idle_w * part.window_s
    return net_j / sum(part.images for part in measured)


def _idle_w(record: Repetition, samplings: list[Sampling], meter: str) -> float | None:
    """Return the mean power of the idle windows before and after that the same meter saw, each weighing the same."""
    return _mean(
        power.power_w_mean
        for power, sampler in _windows(record, "idle", samplings)
        if sampler is not None and sampler.meter == meter
    )


def _windows(
    record: Repetition, name: str, samplings: list[Sampling]
) -> list[tuple[WindowPower, SamplerRecord | None]]:
    """Return what was sampled in a repetition's windows of that name, and by which sampler."""
    found = []
    for window in record.windows:
        if window.name == name:
            power, sampling = window_power(samplings, record.clocks.boot_id, window.begin_ns, window.end_ns)
            found.append((power, sampling.record if sampling else None))
    return found


def _worst(uncertainties: Iterable[float | None]) -> float | None:
    known = list(uncertainties)
    return None if not known or None in known else max(value for value in known if value is not None)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None
