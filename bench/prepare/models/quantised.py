"""Prepares models in int8: the float32 model's ONNX file, quantised after training on images of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read at import
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from bench.errors import UserError
from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.formats.tflite.integer import write_integer_tflite
from bench.prepare.images.imageset import ImageRow, ImageSet
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import Calibration, ModelRecord, PreparedModel, prepared_folder
from bench.prepare.models.ranges import tensor_ranges
from bench.prepare.models.shared import preparer, replace_folder, take_back
from bench.prepare.network.folding import fold
from bench.prepare.network.graph import read_graph
from bench.prepare.network.weights import read_weights
from bench.records.digests import file_digest
from bench.records.files import cannot_write
from bench.records.store import exclusive, write_record

CALIBRATION_IMAGES = 100
"""At most, and at most a fifth of the labelled ones: accuracy is not taken over them."""

CALIBRATION_SEED = 2026
"""Another than that of the images which accuracy is taken over, where those are a subset."""

FLOAT_OPERATORS = ("Softmax", "LRN")
"""They stay float: a probability in steps of 1/256 is none, and no framework has an LRN of integers."""

FLOAT_IN_QDQ = ("AveragePool", "GlobalAveragePool")
"""There, too: its mean would be in the steps of what it is the mean of, some of which are as large as whole logits."""


def prepare_int8(
    models: Iterable[PreparedModel], prepared: Path, images: ImageSet, notify: Callable[[str], None]
) -> list[PreparedModel]:
    """Prepare models in int8, each in a folder beside its float32 one; what is there and up to date stays as it is.

    Activations are uint8 by the smallest and the largest value over the calibration images, weights int8 for each
    output channel. One network in three spellings: `model.qlinear.onnx` in integer operators, for ONNX Runtime and
    OpenCV; `model.onnx` with QuantizeLinear and DequantizeLinear around float operators, for OpenVINO, which makes
    them integer ones; and `model.tflite` (activations int8) for LiteRT. (OpenCV 4.14 computes the second in float,
    OpenVINO can't read the first.)

    Parameters
    ----------
    models : iterable of PreparedModel
        In float32.
    notify : callable
        Is told, in one sentence each, what happens.

    Raises
    ------
    UserError
        If a model can't be quantised, or the files can't be written.
    """
    rows, labelled = _calibration_rows(images)
    calibration = Calibration(
        images=[row.name for row in rows], images_sha256=images.sha256, labelled=labelled, seed=CALIBRATION_SEED
    )
    busy = f"another 'bench prepare' is at work in {prepared}; wait until it has ended"
    with exclusive(prepared / ".lock", busy):
        try:
            return [_prepare(model, prepared, images, rows, calibration, notify) for model in models]
        except OSError as error:
            raise cannot_write(Path(error.filename or prepared), error) from error


def _calibration_rows(images: ImageSet) -> tuple[list[ImageRow], bool]:
    """Return the images to calibrate on, and whether they were chosen among labelled ones."""
    count = min(CALIBRATION_IMAGES, images.labelled // 5)
    if count:
        return list(images.subset(count, CALIBRATION_SEED)), True
    unlabelled = [row for row in images.rows() if row.label is None]
    return (unlabelled or list(images.rows()))[:CALIBRATION_IMAGES], False


def _prepare(
    model: PreparedModel,
    prepared: Path,
    images: ImageSet,
    rows: list[ImageRow],
    calibration: Calibration,
    notify: Callable[[str], None],
) -> PreparedModel:
    folder = prepared_folder(prepared, model.name, precision="int8")
    take_back(folder)
    try:
        former = PreparedModel(folder)
        if _is_current(former.record, model.record, calibration) and former.damage() is None:
            notify(f"{model.name}: already prepared in int8")
            return former
    except UserError:
        pass
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        blobs = [preprocess(images.read(row), model.record) for row in rows]
        _quantise(model, building, blobs)
        write_record(building / "model.json", _record(model.record, building, calibration))
        replace_folder(folder, building)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    result = PreparedModel(folder)
    kind = "labelled images, which accuracy is not taken over" if calibration.labelled else "images without labels"
    notify(f"{model.name}: prepared in int8, calibrated on {len(rows)} {kind}; {_sizes(model, result)}")
    return result


def _sizes(model: PreparedModel, result: PreparedModel) -> str:
    small, large = (one.onnx.stat().st_size / 1e6 for one in (result, model))
    return f"{small:.1f} instead of {large:.1f} MB"


def _is_current(former: ModelRecord, model: ModelRecord, calibration: Calibration) -> bool:
    inputs = ("order", "mean", "scale", "own")
    return (
        former.provenance.weights == _origin(model)
        and all(getattr(former, name) == getattr(model, name) for name in inputs)
        and former.calibration == calibration
        and former.bench_version == preparer()
    )


def _origin(model: ModelRecord) -> str:
    return f"quantised from {model.provenance.weights_sha256[:12]} ({model.provenance.weights})"


def _quantise(model: PreparedModel, folder: Path, blobs: list[npt.NDArray[np.float32]]) -> None:
    graph, arrays = fold(read_graph(model.graph_json), read_weights(model.weights_npz))
    weights = {name: arrays[name] for name in graph.params}
    with tempfile.TemporaryDirectory() as scratch:
        simple = Path(scratch) / "model.onnx"
        write_onnx(simple, graph, weights)
        folded = onnx.load(simple)
        add_pre_process_metadata(folded)  # else the quantiser advises to do what folding has done
        onnx.save(folded, simple)
        nodes = folded.graph.node
        for name, form, in_float in (
            ("model.onnx", QuantFormat.QDQ, (*FLOAT_OPERATORS, *FLOAT_IN_QDQ)),
            ("model.qlinear.onnx", QuantFormat.QOperator, FLOAT_OPERATORS),
        ):
            quantize_static(
                str(simple),
                str(folder / name),
                _Reader(model.input_name, blobs),
                quant_format=form,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                nodes_to_exclude=[node.name for node in nodes if node.op_type in in_float],
            )
    write_integer_tflite(folder / "model.tflite", graph, weights, tensor_ranges(graph, weights, blobs))


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Gives the images one after another, as ONNX Runtime asks for them."""

    def __init__(self, input_name: str, blobs: list[npt.NDArray[np.float32]]) -> None:
        self._feeds: Iterator[dict[str, npt.NDArray[np.float32]]] = ({input_name: blob} for blob in blobs)

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        return next(self._feeds, None)


def _record(model: ModelRecord, folder: Path, calibration: Calibration) -> ModelRecord:
    files = sorted(folder.iterdir())
    digests = {file.name: file_digest(file, "sha256") for file in files}
    provenance = model.provenance.model_copy(
        update={"weights": _origin(model), "weights_sha256": digests["model.onnx"]}
    )
    return model.model_copy(
        update={
            "precision": "int8",
            "form": "onnx",
            "provenance": provenance,
            "calibration": calibration,
            "sha256": digests,
            "sizes": {file.name: file.stat().st_size for file in files},
            "lacks": dict.fromkeys(("caffe", "graph"), "a model in int8 is stored as ONNX and TFLite alone"),
            "bench_version": preparer(),
        }
    )
