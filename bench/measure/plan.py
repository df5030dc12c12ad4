"""What is to be measured: intended by the settings, then completed by what is prepared."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bench.catalog import NativeSource, find_frameworks, find_precisions, find_source, model_names
from bench.catalog.settings import PlanSettings
from bench.catalog.suites import Suite, find_suite
from bench.errors import UserError
from bench.measure.profiles import adjusted, find_profile
from bench.prepare.images.imageset import read_set
from bench.prepare.models.prepared import PreparedModel, prepared_folder
from bench.records.run import Plan, Profile
from bench.records.schema import OwnModel, Precision

SEED = 2018
"""Seeds the order of the rounds and the choice of a subset of images, so that every board measures the same."""

DEFAULT_PROFILE = "paper"


def intend(
    settings: PlanSettings,
    former: Plan | None = None,
    prepared: Sequence[OwnModel] = (),
    given: Sequence[OwnModel] = (),
) -> Plan:
    """Return the plan as far as the settings tell it: without the digests of what is not prepared yet.

    Parameters
    ----------
    former : Plan, optional
        Of the run that is to go on: it says what the settings leave open.
    prepared : sequence of OwnModel
        The user's own models that may be named.
    given : sequence of OwnModel
        Those whose files are given: they are measured beside what is.

    Raises
    ------
    UserError
        If a name is unknown, or the framework's own weights that are asked for are not for the frameworks.
    """
    native = find_source(settings.source or (former.source if former else ""))
    suite = find_suite(settings.suite)
    measured = [*(former.own if former else []), *given]
    own = {one.name: one for one in [*measured, *prepared, *given]}
    known = model_names(former) if former and not settings.suite else []
    names = [model.name for model in suite.models(settings.models or known, own.values())]
    if not settings.models:
        names = list(dict.fromkeys([*names, *(one.name for one in measured)]))
    forgotten = [one.name for one in given if one.name not in names]
    if forgotten:
        raise UserError(f"--onnx gives {', '.join(forgotten)}, which --models leaves out; name it there too")
    if native and given:
        raise UserError(f"{native.title}'s own files are measured alone; leave --onnx or --source out")
    if native:
        said = settings.models or settings.suite or former
        names = native.choose(names if said else native.models)
    return Plan(
        profile=_profile(settings, former),
        accuracy=not settings.no_accuracy and (former is None or former.accuracy),
        source=native.name if native else "",
        frameworks=_frameworks(settings, suite, former, native),
        threads=settings.threads or (former.threads if former else len(os.sched_getaffinity(0))),
        models=names,
        precisions=_precisions(settings, former, native),
        models_sha256={},
        own=[own[name] for name in names if name in own],
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
    found = find_precisions(settings.precision)
    if not found:
        return list(former.precisions) if former else [native.precision if native else "fp32"]
    if native and found != [native.precision]:
        raise UserError(f"{native.title}'s own files are measured as they are; leave --precision or --source out")
    return found


def _frameworks(settings: PlanSettings, suite: Suite, former: Plan | None, native: NativeSource | None) -> list[str]:
    """Return the frameworks' names in the catalog's order; what a framework's own people publish only that can load."""
    if native is None:
        known = [] if former is None or settings.suite else former.frameworks or []
        return [framework.name for framework in suite.frameworks(settings.frameworks or known)]
    for framework in find_frameworks(settings.frameworks) if settings.frameworks else []:
        find_source(native.name, framework.name)  # says why not
    return [native.framework]
