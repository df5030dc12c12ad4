"""From samples to a cell's power, energy and figures of merit, with what is known of their uncertainty."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Optional

from bench.power.samples.energy import WindowPower, window_power
from bench.power.samples.read import Sampling
from bench.records.schema import Repetition, SamplerRecord
from bench.records.statistics import BOOTSTRAP_MINIMUM, bootstrap_ci95


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
    if all(boundary is None for _, boundary in meters):
        return facts, []  # nobody measured power, which is no fault
    reasons = {power.reason for power in powers if power.reason is not None}
    if len(meters) > 1:
        reasons = {"its repetitions were measured by different meters"}
    if reasons:
        unpowered.setdefault("; ".join(sorted(reasons)), []).append(f"{records[0].framework} {records[0].model}")
        return facts, []
    ((meter, boundary),) = meters
    measured = [_measured(record, samplings, meter) for record in records]
    energy_j, images = sum(part.energy_j for part in measured), sum(part.images for part in measured)
    power_facts = {
        "meter": meter,
        "boundary": boundary,
        "power_w_min": min(power.power_w_min for power in powers if power.power_w_min is not None),
        "power_w_mean": energy_j / sum(part.window_s for part in measured),
        "power_w_max": max(power.power_w_max for power in powers if power.power_w_max is not None),
        "power_w_idle": _mean(part.idle_w for part in measured),
        "power_uncertainty": _worst(sampler.uncertainty for _, sampler in timed if sampler is not None),
        "energy_j_per_image": energy_j / images,
        "energy_net_j_per_image": _net_j_per_image(measured),
    }
    return facts | power_facts, measured


def merit(
    measured: Sequence[Measured], uncertainty: float | None, top1: float | None, top5: float | None
) -> dict[str, float]:
    """Return the figures of merit, correct images per joule = accuracy × throughput ÷ power, with their intervals.

    Accuracy scales merit and interval alike: it is taken as given.

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
    interval = images_per_joule_ci95(measured, uncertainty)
    facts = {}
    for name, share in (("fom_top1", top1), ("fom_top5", top5)):
        if share is not None:
            facts[name] = share * rate
            if interval is not None:
                facts[f"{name}_ci95_low"], facts[f"{name}_ci95_high"] = (share * bound for bound in interval)
    return facts


def images_per_joule(measured: Sequence[Measured]) -> float | None:
    """Return throughput ÷ mean power over repetitions taken together, in images per joule; None if there is no power.

    Throughput counts the time within images and power the whole window, as the paper does.
    """
    fps = sum(part.images for part in measured) / sum(part.busy_s for part in measured)
    power_w = sum(part.energy_j for part in measured) / sum(part.window_s for part in measured)
    return fps / power_w if power_w > 0 else None


def images_per_joule_ci95(measured: Sequence[Measured], uncertainty: float | None) -> tuple[float, float] | None:
    """Return the 95 % interval of images per joule, from the repetitions' scatter and the meter's uncertainty.

    The maker's figure is a limit that the error stays within, anywhere in it with equal probability (JCGM 100:2008,
    4.3.7), and the same in all repetitions: averaging does not make it smaller. Both parts are propagated together by
    drawing (JCGM 101:2008, chapter 7): each draw resamples the repetitions (the bootstrap of `bootstrap_ci95`) and
    takes one error `e` of the meter, ``images per joule / (1 + e)``; the interval holds the middle 95 % of the draws.

    What the maker does not state is no part of it: an outer shunt's tolerance adds to the interval.

    Below three repetitions their scatter is unknown: the interval is then the meter's part alone, which the row's
    `repetitions` tells. None if the meter's uncertainty is unknown: joules without it have no honest interval.
    """
    rate = images_per_joule(measured)
    if uncertainty is None or rate is None or uncertainty >= 1:
        return None
    if len(measured) < BOOTSTRAP_MINIMUM:
        return rate / (1 + 0.95 * uncertainty), rate / (1 - 0.95 * uncertainty)
    errors = random.Random(1)
    return bootstrap_ci95(
        measured, lambda drawn: (images_per_joule(drawn) or 0.0) / (1 + errors.uniform(-uncertainty, uncertainty))
    )


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
