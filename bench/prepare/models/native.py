"""Prepares a framework's own files of a model, for that framework alone: checked and copied, not converted."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import __version__
from bench.catalog import Model, NativeModel, NativeSource, models
from bench.errors import UserError
from bench.prepare.models.local import LocalFile, ModelDirectory
from bench.prepare.models.prepared import ModelRecord, PreparedModel, Provenance, prepared_folder
from bench.prepare.models.shared import replace_folder
from bench.records.files import cannot_write
from bench.records.store import exclusive, write_record


def prepare_native(
    source: NativeSource, wanted: Iterable[Model], folder: Path, directory: Path | None, notify: Callable[[str], None]
) -> list[PreparedModel]:
    """Prepare a source's files of models into `folder`, one folder each beside those that every framework shares.

    Parameters
    ----------
    wanted : iterable of Model
        Those that the source does not have are left out.
    folder : Path
        `prepared`.
    directory : Path or None
        The user's local directory (`bench.prepare.models.local`), which has the files. What was prepared from one
        before stays as it is without it.
    notify : callable
        Is told, in one sentence each, what happens.

    Raises
    ------
    UserError
        If a file is missing or damaged, or can't be written.
    """
    chosen = source.choose(model.name for model in wanted)
    if directory is None:
        return _kept(source, chosen, folder)
    local = ModelDirectory(directory)
    busy = f"another 'bench prepare' is at work in {folder}; wait until it has ended"
    with exclusive(folder / ".lock", busy):
        try:
            prepared = [_prepare(source, models()[name], folder, local) for name in chosen]
        except OSError as error:
            raise cannot_write(Path(error.filename or folder), error) from error
    for model in prepared:
        notify(f"{model.name}: prepared for {source.framework} alone, as {source.title} publishes it")
    return prepared


def verify_native(source: NativeSource, models: Iterable[str], folder: Path, directory: Path | None) -> None:
    """Read what `prepare_native` would take of these models; raises UserError if something is missing or damaged."""
    if directory is None:
        _kept(source, models, folder)
        return
    local = ModelDirectory(directory)
    for name in models:
        _published(source, name, local)


def _kept(source: NativeSource, models: Iterable[str], folder: Path) -> list[PreparedModel]:
    """Return what was prepared before."""
    chosen = list(models)
    try:
        return [PreparedModel(prepared_folder(folder, name, source.name)) for name in chosen]
    except UserError:
        files = ", ".join(f"{name}/{_named(source.models[name])}" for name in chosen)
        raise UserError(
            f"nobody downloads what {source.title} publishes: put {files} into a folder, list them in its "
            "SHA256SUMS, and give that folder with --weights"
        ) from None


def _prepare(source: NativeSource, model: Model, folder: Path, local: ModelDirectory) -> PreparedModel:
    native = source.models[model.name]
    published = _published(source, model.name, local)
    target = prepared_folder(folder, model.name, source.name)
    building = target.with_name(f".{target.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    digests = {}
    try:
        for name, found in published.items():
            shutil.copyfile(found.path, building / name)
            digests[name] = found.sha256
        record = ModelRecord(
            name=model.name,
            title=native.title,
            height=model.height,
            width=model.width,
            mean=native.mean,
            scale=native.scale,
            classes=model.classes,
            input_name="",
            output_name="",
            weights="pretrained",
            provenance=Provenance(
                graph=source.title,
                weights=", ".join(found.path.name for found in published.values()),
                weights_sha256=hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest(),
                licence=source.licence,
            ),
            sha256=digests,
            sizes={name: (building / name).stat().st_size for name in digests},
            bench_version=__version__,
            source=source.name,
        )
        write_record(building / "model.json", record)
        replace_folder(target, building)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return PreparedModel(target)


def _published(source: NativeSource, name: str, local: ModelDirectory) -> dict[str, LocalFile]:
    """Return the user's files of a model, by the names they are prepared under."""
    model = source.models[name]
    for files in model.files:
        found = {prepared: local.find(name, file) for prepared, file in files.items()}
        if all(found.values()):
            return {prepared: file for prepared, file in found.items() if file is not None}
    raise UserError(f"{name}: {local.path / name} has no {_named(model)}; put there what {source.title} publishes")


def _named(model: NativeModel) -> str:
    return " or ".join(" with ".join(files.values()) for files in model.files)
