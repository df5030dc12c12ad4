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
from bench.prepare.models.archive import unpack
from bench.prepare.models.download import UnreachableError
from bench.prepare.models.local import ModelDirectory
from bench.prepare.models.origins import fetch
from bench.prepare.models.prepared import ModelRecord, PreparedModel, Provenance, prepared_folder
from bench.prepare.models.shared import replace_folder
from bench.records.digests import file_digest
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
        The user's local directory (`bench.prepare.models.local`). Without it, or for what it lacks, what was prepared
        before stays as it is, and else the published files are downloaded, if they have a place.
    notify : callable
        Is told, in one sentence each, what happens.

    Raises
    ------
    UserError
        If a file is missing or damaged, or can't be had or written.
    """
    chosen = source.choose(model.name for model in wanted)
    verify_native(source, chosen, folder, directory)
    busy = f"another 'bench prepare' is at work in {folder}; wait until it has ended"
    with exclusive(folder / ".lock", busy):
        try:
            return [_prepare(source, models()[name], folder, directory, notify) for name in chosen]
        except OSError as error:
            raise cannot_write(Path(error.filename or folder), error) from error


def verify_native(source: NativeSource, models: Iterable[str], folder: Path, directory: Path | None) -> None:
    """Read what `prepare_native` would take of these models; raises UserError if something is missing or damaged."""
    local = ModelDirectory(directory) if directory else None
    missing = [
        f"{source.place(name)}/{_named(source.models[name])}"
        for name in models
        if not _given(source, name, local) and not source.models[name].download and not _kept(source, name, folder)
    ]
    if missing:
        raise UserError(
            f"nobody downloads what {source.title} publishes: put {', '.join(missing)} into a folder, list them in its "
            "SHA256SUMS, and give that folder with --weights"
        )


def _prepare(
    source: NativeSource, model: Model, folder: Path, directory: Path | None, notify: Callable[[str], None]
) -> PreparedModel:
    given = _given(source, model.name, ModelDirectory(directory) if directory else None)
    kept = None if given else _kept(source, model.name, folder)
    if kept:
        notify(f"{model.name}: already prepared, as {source.title} publishes it")
        return kept
    native = source.models[model.name]
    target = prepared_folder(folder, model.name, source.name)
    building = target.with_name(f".{target.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        published = _put(native, given or _downloaded(source, model.name, folder / ".downloads", notify), building)
        digests = {name: file_digest(building / name, "sha256") for name in published}
        record = ModelRecord(
            name=model.name,
            title=native.title,
            height=model.height,
            width=model.width,
            order=native.order,
            mean=native.mean,
            scale=native.scale,
            classes=model.classes,
            input_name="",
            output_name="",
            weights="pretrained",
            provenance=Provenance(
                graph=source.title,
                weights=", ".join(published.values()),
                weights_sha256=hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest(),
                licence=source.licence,
            ),
            sha256=digests,
            sizes={name: (building / name).stat().st_size for name in digests},
            bench_version=__version__,
            source=source.name,
            precision=source.precision,
        )
        write_record(building / "model.json", record)
        replace_folder(target, building)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    notify(f"{model.name}: prepared for {source.framework} alone, as {source.title} publishes it")
    return PreparedModel(target)


_ARCHIVE = ".tgz"
"""Stands, where a form's files have the names that they are prepared under, for the archive that has them all."""


def _forms(model: NativeModel) -> list[dict[str, str]]:
    return [*model.files, *([{_ARCHIVE: model.download.file}] if model.download else [])]


def _given(source: NativeSource, name: str, local: ModelDirectory | None) -> dict[str, Path] | None:
    """Return the user's files of a model in one of its forms; None if there are none, and they can be downloaded."""
    if local is None:
        return None
    model, place, some = source.models[name], source.place(name), False
    for form in _forms(model):
        found = {prepared: local.find(place, file) for prepared, file in form.items()}
        whole = {prepared: file.path for prepared, file in found.items() if file}
        if len(whole) == len(form):
            return whole
        some = some or bool(whole)
    if some or not model.download:
        raise UserError(f"{name}: {local.path / place} has no {_named(model)}; put there what {source.title} publishes")
    return None


def _kept(source: NativeSource, name: str, folder: Path) -> PreparedModel | None:
    """Return what was prepared before, undamaged."""
    try:
        former = PreparedModel(prepared_folder(folder, name, source.name))
    except UserError:
        return None
    return None if former.damage() else former


def _downloaded(source: NativeSource, name: str, downloads: Path, notify: Callable[[str], None]) -> dict[str, Path]:
    model = source.models[name]
    assert model.download is not None, "verify_native has seen to that"
    try:
        path = fetch(model.download, downloads, name, notify)
    except UnreachableError as error:
        raise UserError(
            f"{name}: {model.download.file} can't be downloaded ({error}); put {source.place(name)}/{_named(model)} "
            "into a folder, list it in its SHA256SUMS, and give that folder with --weights"
        ) from error
    return next(dict.fromkeys(form, path) for form in _forms(model) if [*form.values()] == [path.name])


def _put(model: NativeModel, files: dict[str, Path], folder: Path) -> dict[str, str]:
    """Put the files where they are prepared; return what upstream calls each."""
    if _ARCHIVE in files:
        return unpack(files[_ARCHIVE], model.files, folder)
    for name, path in files.items():
        shutil.copyfile(path, folder / name)
    return {name: path.name for name, path in files.items()}


def _named(model: NativeModel) -> str:
    return " or ".join(dict.fromkeys(" with ".join(form.values()) for form in _forms(model)))
