"""What is to be measured: intended by the settings, then completed by what is prepared."""

from __future__ import annotations

import os
from pathlib import Path

from bench.catalog import NativeSource, find_frameworks, find_source, models
from bench.catalog.settings import PlanSettings
from bench.catalog.suites import Suite, find_suite
from bench.errors import UserError
from bench.measure.profiles import adjusted, find_profile
from bench.prepare.images.imageset import read_set
from bench.prepare.models.prepared import PreparedModel, prepared_folder
from bench.records.schema import Plan, Precision, Profile

SEED = 2018
"""Seeds the order of the rounds and the choice of a subset of images, so that every board measures the same."""

DEFAULT_PROFILE = "paper"

PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")
"""Those that can be asked for."""


def intend(settings: PlanSettings, former: Plan | None = None) -> Plan:
    """Return the plan as far as the settings tell it: without the digests of what is not prepared yet.

    Parameters
    ----------
    former : Plan, optional
        Of the run that is to go on: it says what the settings leave open.

    Raises
    ------
    UserError
        If a name is unknown, or the framework's own weights that are asked for are not for the frameworks.
    """
    native = find_source(settings.source or (former.source if former else ""))
    suite = find_suite(settings.suite)
    known = [name for name in former.models if name in models()] if former and not settings.suite else []
    names = [model.name for model in suite.models(settings.models or known)]
    return Plan(
        profile=_profile(settings, former),
        accuracy=not settings.no_accuracy and (former is None or former.accuracy),
        source=native.name if native else "",
        frameworks=_frameworks(settings, suite, former, native),
        threads=settings.threads or (former.threads if former else len(os.sched_getaffinity(0))),
        models=native.choose(names) if native else names,
        precisions=_precisions(settings, former, native),
        models_sha256={},
        images_sha256="",
        seed=SEED,
    )


def complete(plan: Plan, prepared: Path) -> Plan:
    """Return the plan with the digests of what is prepared; raises UserError if something is not."""
    folders = {v.name: prepared_folder(prepared, v.model, plan.source, v.precision) for v in plan.variants}
    records = {name: PreparedModel(folder).record for name, folder in folders.items()}
    return plan.model_copy(
        update={
            "models_sha256": {name: record.provenance.weights_sha256 for name, record in records.items()},
            "images_sha256": read_set(prepared / "images").images_sha256,
        }
    )


def _profile(settings: PlanSettings, former: Plan | None) -> Profile:
    if settings.profile or former is None:
        return find_profile(settings.profile or DEFAULT_PROFILE, settings.accuracy_images, settings.minutes)
    return adjusted(former.profile, settings.accuracy_images, settings.minutes)


def _precisions(settings: PlanSettings, former: Plan | None, native: NativeSource | None) -> list[Precision]:
    """Return the precisions in their own order, float32 first."""
    names = [name.strip().lower() for item in settings.precision for name in item.split(",") if name.strip()]
    unknown = [name for name in names if name not in PRECISIONS]
    if unknown:
        raise UserError(f"there is no precision '{unknown[0]}'; there are {' and '.join(PRECISIONS)}")
    if not names:
        return list(former.precisions) if former else ["fp32"]
    if native and names != ["fp32"]:
        raise UserError(f"{native.title}'s own files are measured as they are; leave --precision or --source out")
    return [precision for precision in PRECISIONS if precision in names]


def _frameworks(settings: PlanSettings, suite: Suite, former: Plan | None, native: NativeSource | None) -> list[str]:
    """Return the frameworks' names in the catalog's order; what a framework's own people publish only that can load."""
    if native is None:
        known = [] if former is None or settings.suite else former.frameworks or []
        return [framework.name for framework in suite.frameworks(settings.frameworks or known)]
    for framework in find_frameworks(settings.frameworks) if settings.frameworks else []:
        find_source(native.name, framework.name)  # says why not
    return [native.framework]
