"""What is to be measured, taken from the options and from what is prepared."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bench.catalog import find_models, find_source
from bench.measure.profiles import find_profile
from bench.prepare.images.imageset import read_set
from bench.prepare.models.prepared import PreparedModel, prepared_folder
from bench.records.schema import Plan
from bench.runs.open import named_run

SEED = 2018
"""Seeds the order of the rounds and the choice of a subset of images, so that every board measures the same."""

DEFAULT_PROFILE = "paper"


def make_plan(
    results: Path,
    models: Iterable[str],
    profile: str,
    accuracy_images: int | None,
    threads: int,
    run: str,
    source: str = "",
) -> Plan:
    """Return the plan.

    Parameters
    ----------
    results : Path
        The results folder, which holds `prepared/` and `runs/`.
    models : iterable of str
        Names or prefixes; none means all.
    profile : str
        A profile's name; empty means that of the named run, if it exists, else `paper`.
    threads : int
        0 means every processor this process may use.
    run : str
        The run that is asked for, which may be empty.
    source : str
        Whose own files to measure; empty means the weights that every framework shares.

    Raises
    ------
    UserError
        If a name is unknown, or something is not prepared.
    """
    folder = named_run(results / "runs", run)
    if folder is not None and not profile and accuracy_images is None:
        chosen = folder.read_run().plan.profile
    else:
        chosen = find_profile(profile or DEFAULT_PROFILE, accuracy_images)
    native = find_source(source)
    names = [model.name for model in find_models(models)]
    if native:
        names = native.choose(names)
    folders = {name: prepared_folder(results / "prepared", name, native.name if native else "") for name in names}
    prepared = {name: PreparedModel(folder) for name, folder in folders.items()}
    return Plan(
        profile=chosen,
        source=native.name if native else "",
        threads=threads or len(os.sched_getaffinity(0)),
        models=list(prepared),
        models_sha256={name: model.record.provenance.weights_sha256 for name, model in prepared.items()},
        images_sha256=read_set(results / "prepared" / "images").images_sha256,
        seed=SEED,
    )
