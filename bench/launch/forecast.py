"""What `bench up` is about to do: what it measures, from where, how long that takes and how much disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.catalog import find_framework, find_source, models
from bench.catalog.settings import InputSettings
from bench.catalog.titles import model_title
from bench.errors import UserError
from bench.records.files import nearest_existing
from bench.records.run import Plan
from bench.report.terminal.status import duration

PREPARED_MB = 250
"""Of disk that a model takes at most, in all its forms, with what the frameworks make of them."""


@dataclass(frozen=True)
class Provision:
    """Where a framework comes from.

    Attributes
    ----------
    how
        In a few words, after its title.
    disk_mb
        What getting it takes of the disk, about; 0 where it is here.
    """

    name: str
    how: str
    disk_mb: float = 0


def forecast(
    plan: Plan, inputs: InputSettings, provisions: Sequence[Provision], results: Path, building_minutes: float
) -> list[str]:
    """Return what is to be said before anything is changed, a line each.

    Parameters
    ----------
    provisions : sequence of Provision
        Of everything that has to be here, the frameworks and what is needed beside them.
    building_minutes : float
        What making them takes on this computer, about.

    Raises
    ------
    UserError
        If the disk has no room for it.
    """
    names = plan.frameworks or []
    cells = len(names) * len(plan.variants)
    precisions = f" × {_count(plan.precisions, 'precision')}" if len(plan.precisions) > 1 else ""
    of = f"{_count(names, 'framework')} × {_count(plan.models, 'model')}{precisions}"
    lines = [f"To measure: {_count(range(cells), 'cell')}, {of}, {_times(plan)}"]
    lines += [f"  {_title(one.name)}: {one.how}" for one in provisions]
    shared = [name for name in plan.models if name in models()]
    lines += [f"  {', '.join(map(model_title, shared))}: {_weights(plan, inputs, shared)}"] if shared else []
    lines += [f"  {one.name}: your own, {one.told}" for one in plan.own]
    lines += [f"  images: {f'from {inputs.images}' if inputs.images else 'generated, so that there is no accuracy'}"]
    making = f", after up to {duration(60 * building_minutes)} of building" if building_minutes else ""
    lines.append(f"It takes at least {duration(cells * plan.profile.cell_s)}{making}, and more where a model is slow.")
    unprepared = sum(not (results / "prepared" / one.name / "model.json").exists() for one in plan.variants)
    needed_mb = sum(one.disk_mb for one in provisions) + PREPARED_MB * unprepared
    free_mb = _free_mb(results)
    lines.append(f"It takes up to {needed_mb / 1000:.1f} GB of disk more; {free_mb / 1000:.1f} GB are free.")
    if needed_mb > free_mb:
        raise UserError(
            f"this takes up to {needed_mb / 1000:.1f} GB of disk, but {free_mb / 1000:.1f} GB are free: "
            "'bench clean' tells what takes how much, or measure fewer frameworks at once: --frameworks opencv"
        )
    return lines


def _title(name: str) -> str:
    return name if name == "tools" else find_framework(name).title


def _times(plan: Plan) -> str:
    least, most = plan.profile.repetitions, plan.profile.repetitions_max
    times = "once" if most == 1 else f"{least} times" if least == most else f"{least} to {most} times"
    return f"each {times} (profile {plan.profile.name})"


def _weights(plan: Plan, inputs: InputSettings, shared: Sequence[str]) -> str:
    if find_source(plan.source):
        return f"{plan.source}'s own weights"
    if inputs.weights:
        return f"weights from {inputs.weights}, else downloaded"
    named = [name for name in shared if models()[name].weights.urls]
    without = "" if len(named) == len(shared) else "; those that have no address are synthetic"
    return f"weights downloaded, or synthetic where that can't be{without}"


def _free_mb(results: Path) -> float:
    return shutil.disk_usage(nearest_existing(results)).free / 1e6


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'s' if len(things) > 1 else ''}"
