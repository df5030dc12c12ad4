"""Models in int8: made of the float32 ones, calibrated on images that accuracy is not taken over."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from bench import frameworks
from bench.catalog import find_models
from bench.errors import UserError
from bench.prepare.images.imageset import ImageSet
from bench.prepare.images.prepare import prepare_images
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import PreparedModel, prepared_folder
from bench.prepare.models.quantised import prepare_int8
from bench.prepare.models.shared import prepare_models
from bench.records.digests import file_digest
from tests.made.onnx_files import CLASSES, classifier, node, save

SIDE = 10
MODEL = find_models(["mobilenet_v2"])[0].model_copy(update={"height": SIDE, "width": 8, "classes": CLASSES})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model and 15 labelled images, as they are prepared."""
    folder = tmp_path_factory.mktemp("int8")
    random = np.random.default_rng(0)
    arrays = {"w": random.normal(0, 0.3, (8, 3, 3, 3)).astype(np.float32), "low": np.float32(0), "high": np.float32(6)}
    nodes = [
        node("Conv", "image", "w", output="c", strides=(2, 2), auto_pad="SAME_UPPER"),
        node("Clip", "c", "low", "high"),
    ]
    (folder / "local" / MODEL.name).mkdir(parents=True)
    file = save(folder / "local" / MODEL.name / MODEL.weights.file, classifier(nodes, arrays, 13, 160))
    (folder / "local" / "SHA256SUMS").write_text(f"{file_digest(file, 'sha256')}  {MODEL.name}/{file.name}\n")
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(15):
        cv2.imwrite(str(pictures / f"{number}.png"), random.integers(0, 256, (256, 256, 3), np.uint8))
    (pictures / "val.txt").write_text("".join(f"{number}.png {number % CLASSES}\n" for number in range(15)))
    prepare_images(pictures, folder / "prepared" / "images", lambda *_: None, print)
    prepare_models([MODEL], folder / "prepared", folder / "local", print, print)
    return folder / "prepared"


@pytest.fixture(scope="module")
def quantised(prepared: Path) -> PreparedModel:
    return again(prepared)[0]


def again(prepared: Path) -> tuple[PreparedModel, list[str]]:
    said: list[str] = []
    model = PreparedModel(prepared_folder(prepared, MODEL.name))
    return prepare_int8([model], prepared, ImageSet(prepared / "images"), said.append)[0], said


def test_an_int8_model_is_a_prepared_one_beside_its_float32_one(quantised: PreparedModel, prepared: Path) -> None:
    quantised.verify()
    assert quantised.folder == prepared / f"{MODEL.name}@int8"
    record, model = quantised.record, PreparedModel(prepared / MODEL.name).record
    assert (record.precision, record.form, record.weights, record.order) == ("int8", "onnx", "pretrained", "RGB")
    assert set(record.sha256) == {"model.onnx", "model.qlinear.onnx", "model.tflite"}
    assert quantised.why_not(["graph"]) == "a model in int8 is stored as ONNX and TFLite alone"
    assert quantised.why_not(["caffe", "onnx"]) is None
    assert record.provenance.weights_sha256 != model.provenance.weights_sha256
    assert record.provenance.weights.startswith(f"quantised from {model.provenance.weights_sha256[:12]}")


def test_it_is_calibrated_on_a_fifth_of_the_labelled_images_and_says_on_which(quantised: PreparedModel) -> None:
    calibration = quantised.record.calibration
    assert calibration is not None
    assert (len(calibration.images), calibration.labelled) == (3, True)
    assert set(calibration.images) < {f"{number}.png" for number in range(15)}


def test_weights_are_int8_for_each_channel_activations_uint8_and_the_softmax_float(quantised: PreparedModel) -> None:
    graph = onnx.load(quantised.qlinear).graph
    assert [found.op_type for found in graph.node if "Softmax" in found.op_type] == ["Softmax"]
    arrays = {array.name: onnx.numpy_helper.to_array(array) for array in graph.initializer}
    (conv,) = [found for found in graph.node if found.op_type == "QLinearConv"]
    _, scale, zero, weight, weight_scale, _, _, out_zero, *_ = conv.input
    assert (arrays[weight].dtype, arrays[weight_scale].shape) == (np.int8, (8,))
    assert arrays[zero].dtype == arrays[out_zero].dtype == np.uint8
    assert arrays[scale].shape == ()


@pytest.mark.parametrize("name", ["opencv", "onnxruntime"])
def test_frameworks_compute_it_in_integers_and_say_so(name: str, quantised: PreparedModel, prepared: Path) -> None:
    adapter = frameworks.adapter(name)
    image = preprocess(np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8), quantised.record)
    in_float = PreparedModel(prepared / MODEL.name)
    sessions = [adapter.load(model, 1) for model in (in_float, quantised)]
    counts = [frameworks.describe(adapter, session)["computed_in"] for session in sessions]
    assert counts == [{"int8": 0, "float": 2}, {"int8": 2, "float": 0}]
    one, other = (session.infer(image).copy() for session in sessions)
    assert 0 < np.abs(one - other).max() < 0.1


def test_what_is_prepared_already_is_left_alone(quantised: PreparedModel, prepared: Path) -> None:
    before = quantised.folder.stat().st_ino
    model, said = again(prepared)
    assert model.folder.stat().st_ino == before
    assert said == [f"{MODEL.name}: already prepared in int8"]


def test_a_damaged_one_is_made_anew(quantised: PreparedModel, prepared: Path) -> None:
    quantised.qlinear.write_bytes(b"?")
    model, _ = again(prepared)
    model.verify()


def test_without_a_float32_model_there_is_none(prepared: Path) -> None:
    with pytest.raises(UserError, match="no prepared model"):
        PreparedModel(prepared_folder(prepared, "nin", precision="int8"))
