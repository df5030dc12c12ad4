"""All models prepared from the shared directory, and those with real weights on real photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from bench.catalog import models
from bench.frameworks import opencv as adapter
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.models.shared import prepare_models

REAL = {
    # of the 100 photographs, in how many the label is the first class, and among the first five
    "squeezenet_v1.1": (64, 87),
    "googlenet": (80, 92),
    "mobilenet_v1_1.0_224_tf": (91, 98),
    "mobilenet_v2_1.0_224": (92, 99),
    "efficientnet_lite0": (86, 97),
}


@pytest.fixture(scope="module")
def prepared(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, PreparedModel]:
    folder = tmp_path_factory.mktemp("prepared")
    done = prepare_models(models().values(), folder, shared_models, print, print)
    return {model.name: model for model in done}


@pytest.fixture(scope="module")
def photographs(shared_images: Path) -> list[np.ndarray]:
    names = [line.split()[0] for line in (shared_images / "val.txt").read_text().splitlines()]
    return [cv2.resize(cv2.imread(str(shared_images / name)), (256, 256)) for name in names]


@pytest.fixture(scope="module")
def labels(shared_images: Path) -> np.ndarray:
    return np.array([int(line.split()[1]) for line in (shared_images / "val.txt").read_text().splitlines()])


def opencv(model: PreparedModel, photographs: list[np.ndarray]) -> np.ndarray:
    session = adapter.load(model, 2)
    return np.array([session.infer(preprocess(photograph, model.record)) for photograph in photographs])


def onnx(model: PreparedModel, photographs: list[np.ndarray]) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(model.onnx), providers=["CPUExecutionProvider"])
    blobs = [preprocess(photograph, model.record) for photograph in photographs]
    return np.array([session.run([model.output_name], {model.input_name: blob})[0][0] for blob in blobs])


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("framework", [opencv, onnx])
def test_real_weights_give_the_reference_s_probabilities_and_accuracy(
    name: str,
    framework,
    prepared: dict[str, PreparedModel],
    photographs: list[np.ndarray],
    labels: np.ndarray,
    shared_models: Path,
) -> None:
    probabilities = framework(prepared[name], photographs)
    reference = np.load(shared_models / name / "reference_probabilities.npy")
    assert np.abs(probabilities - reference).max() <= 1e-4
    ranks = (probabilities > probabilities[np.arange(len(labels)), labels][:, np.newaxis]).sum(axis=1)
    assert ((ranks < 1).sum(), (ranks < 5).sum()) == REAL[name]


@pytest.mark.parametrize("name", sorted(set(models()) - set(REAL)))
def test_frameworks_agree_on_photographs(
    name: str, prepared: dict[str, PreparedModel], photographs: list[np.ndarray]
) -> None:
    some = photographs[::20]
    assert np.abs(opencv(prepared[name], some) - onnx(prepared[name], some)).max() <= 1e-4


@pytest.mark.parametrize("name", sorted(set(models()) - set(REAL)))
def test_synthetic_probabilities_are_ordinary_numbers_that_depend_on_the_image(
    name: str, prepared: dict[str, PreparedModel], photographs: list[np.ndarray]
) -> None:
    probabilities = opencv(prepared[name], photographs[::7])
    assert prepared[name].record.weights == "synthetic"
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-4)
    assert probabilities.max(axis=1).min() > 2 / 1000 and probabilities.max() < 0.9
    assert np.log(probabilities).std(axis=0).min() > 0.01


def test_what_is_real_is_called_pretrained(prepared: dict[str, PreparedModel]) -> None:
    assert {name for name, model in prepared.items() if model.record.weights == "pretrained"} == set(REAL)


def test_each_model_lacks_only_what_caffe_can_not_say(prepared: dict[str, PreparedModel]) -> None:
    lacks = {name: model.record.lacks for name, model in prepared.items() if model.record.lacks}
    assert set(lacks) == {name for name in models() if name.startswith(("mobilenet", "efficientnet", "shufflenet"))} - {
        "mobilenet_v1_1.0_224"
    }
    assert {reason for forms in lacks.values() for reason in forms} == {"caffe"}
