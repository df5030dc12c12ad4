"""Prepares models: one folder each that every framework can load."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from bench import __version__
from bench.catalog import Model
from bench.errors import UserError
from bench.prepare.formats.caffemodel import read_caffemodel, write_caffemodel
from bench.prepare.formats.onnx.read import read_onnx
from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.formats.prototxt_read import read_prototxt
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.models.crosscheck import check_parity, check_published
from bench.prepare.models.origins import FileOrigin, ModelOrigins
from bench.prepare.models.prepared import ModelRecord, PreparedModel, Provenance
from bench.prepare.network.architectures import architecture
from bench.prepare.network.graph import Graph, read_graph, write_graph
from bench.prepare.network.likeness import difference
from bench.prepare.network.nodes import FormError
from bench.prepare.network.synthetic import synthetic_weights
from bench.prepare.network.weights import Weights, read_weights, weights_sha256, write_weights
from bench.records.digests import file_digest
from bench.records.files import cannot_write
from bench.records.schema import Form
from bench.records.store import exclusive, write_record
from bench.source import PACKAGE, source_sha256


def prepare_models(
    models: Iterable[Model],
    folder: Path,
    directory: Path | None,
    notify: Callable[[str], None],
    warn: Callable[[str], None],
    onnx: Iterable[Path] = (),
) -> list[PreparedModel]:
    """Prepare models, each in its own folder; what is there and up to date stays as it is.

    Parameters
    ----------
    models : iterable of Model
        From the catalog, or the user's own.
    folder : Path
        `prepared`, which gets one folder for each model and a hidden one for downloads.
    directory : Path or None
        The user's local directory of weights and graphs (`bench.prepare.models.local`); without it, or for what it
        lacks, the published weights are downloaded, and without a network synthetic ones made.
    notify, warn : callable
        Are told, in one sentence each, what happens and what the user should know.
    onnx : iterable of Path
        The user's own files, each called after its model; one that is prepared already needs none.

    Raises
    ------
    UserError
        If what is found is damaged or does not fit, the files can't be written, or the written ones don't agree.
    """
    busy = f"another 'bench prepare' is at work in {folder}; wait until it has ended"
    with exclusive(folder / ".lock", busy):
        sources = ModelOrigins(directory, folder / ".downloads", notify, warn, onnx)
        try:
            prepared = [_prepare(model, folder / model.name, sources, notify, warn) for model in models]
        except OSError as error:
            raise cannot_write(Path(error.filename or folder), error) from error
    if sources.lacking:
        warn(
            "with synthetic weights speed and power hold, and accuracy stays empty. To have it, put "
            f"{', '.join(sources.lacking)} into a folder, and what sha256sum says of each into its SHA256SUMS; "
            "then give --weights FOLDER"
        )
    return prepared


def _prepare(
    model: Model, folder: Path, sources: ModelOrigins, notify: Callable[[str], None], warn: Callable[[str], None]
) -> PreparedModel:
    take_back(folder)
    building = folder.with_name(f".{model.name}.building")
    shutil.rmtree(building, ignore_errors=True)  # of one that was killed
    prepared = _open(folder)
    damage = prepared.damage() if prepared else None
    sound = None if damage else prepared
    graph_source, weights_source = sources.network(model, sound)
    if damage:
        if prepared and prepared.record.weights == "pretrained" and weights_source.path is None:
            raise UserError(
                f"{damage}, and the real weights can't be had now to make it anew; give their folder with --weights, "
                f"or delete {folder} to go on with synthetic ones"
            )
        warn(f"{damage}: it is made anew")
    if sound and _is_current(sound.record, model, graph_source, weights_source):
        notify(f"{model.name}: already prepared, {sound.record.weights} weights")
        return sound
    try:
        building.mkdir(parents=True)
        disagreement = _build(model, building, graph_source, weights_source)
        replace_folder(folder, building)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    result = PreparedModel(folder)
    notify(f"{model.name}: prepared, {result.record.weights} weights; frameworks agree to {disagreement:.0e}")
    return result


def _open(folder: Path) -> PreparedModel | None:
    """Return what is prepared already, unless it is nothing or of another version."""
    try:
        return PreparedModel(folder)
    except UserError:
        return None


def _is_current(record: ModelRecord, model: Model, graph: FileOrigin, weights: FileOrigin) -> bool:
    origins = (record.provenance.graph, record.provenance.weights)
    return (
        origins == (graph.origin, weights.origin)
        and record.bench_version == preparer()
        and all(getattr(record, field) == value for field, value in _from_catalog(model).items())
    )


def _from_catalog(model: Model) -> dict[str, Any]:
    fields = model.model_dump(include={"name", "title", "height", "width", "order", "mean", "scale", "classes"})
    return {**fields, "form": model.form, "own": model.own}


def _build(model: Model, folder: Path, graph_source: FileOrigin, weights_source: FileOrigin) -> float:
    graph, weights = _read(model, graph_source, weights_source)
    _require_fit(graph, model, graph_source)
    prototxt, caffemodel, onnx = folder / "deploy.prototxt", folder / "weights.caffemodel", folder / "model.onnx"
    lacks: dict[Form, str] = {}
    try:
        write_prototxt(prototxt, graph)
        write_caffemodel(caffemodel, graph, weights)
    except FormError as error:
        lacks["caffe"] = str(error)
    write_graph(folder / "graph.json", graph)
    write_weights(folder / "weights.npz", weights)
    write_onnx(onnx, graph, weights)
    published = weights_source.path
    if published and published.suffix == ".onnx":
        check_published(published, onnx, graph, model.scale)
    disagreement = check_parity(onnx, graph, model.scale, None if model.form == "onnx" else (prototxt, caffemodel))
    files = sorted(folder.iterdir())
    record = ModelRecord(
        **_from_catalog(model),
        input_name=graph.input,
        output_name=graph.output,
        weights="own" if model.own else "pretrained" if weights_source.path else "synthetic",
        provenance=Provenance(
            graph=graph_source.origin,
            weights=weights_source.origin,
            weights_sha256=weights_sha256(weights),
            licence=model.licence,
        ),
        sha256={file.name: file_digest(file, "sha256") for file in files},
        sizes={file.name: file.stat().st_size for file in files},
        lacks=lacks,
        bench_version=preparer(),
    )
    write_record(folder / "model.json", record)
    return disagreement


def _read(model: Model, graph_source: FileOrigin, weights_source: FileOrigin) -> tuple[Graph, Weights]:
    """Return the network from where it is: an ONNX file, Caffe's files, or what was prepared of them before."""
    if weights_source.path and weights_source.path.suffix == ".onnx":
        return read_onnx(weights_source.path, model.name)
    if graph_source.path is None:
        graph = architecture(model.name)
    elif graph_source.path.suffix == ".json":
        graph = read_graph(graph_source.path)
    else:
        graph = read_prototxt(graph_source.path, model.name)
    if weights_source.path is None:
        return graph, synthetic_weights(graph, model.scale)
    if weights_source.path.suffix == ".npz":
        return graph, read_weights(weights_source.path)
    return graph, read_caffemodel(weights_source.path, graph)


def _require_fit(graph: Graph, model: Model, source: FileOrigin) -> None:
    wanted = ((1, 3, model.height, model.width), model.classes)
    found = (graph.input_shape, graph.shapes[graph.output][1])
    if found != wanted:
        raise UserError(
            f"{model.name}: its graph ({source.path or source.origin}) takes {found[0]} to {found[1]} classes, but the "
            f"catalog means {wanted[0]} to {wanted[1]}; take the graph of that name"
        )
    # An ONNX file is laid out as its exporter likes; that it computes what was published, its check has shown.
    other = difference(graph, architecture(model.name)) if model.form == "caffe" else None
    if other:
        raise UserError(
            f"{model.name}: {source.path or source.origin} is not the catalog's {model.title}: {other}; take the graph "
            "that was published with the weights"
        )


@cache
def preparer() -> str:
    """Return what tells one way of preparing from another: the version, and a digest of the modules that prepare."""
    return f"{__version__}+{source_sha256(PACKAGE / 'prepare')[:12]}"


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def take_back(folder: Path) -> None:
    """Clean up where `replace_folder` was killed: the older folder is taken back unless the finished one is there."""
    if _old(folder).is_dir() and not folder.exists():
        _old(folder).rename(folder)
    shutil.rmtree(_old(folder), ignore_errors=True)


def replace_folder(folder: Path, building: Path) -> None:
    """Put a finished folder in the place of an older one, which stays until the new one is whole."""
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    building.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
