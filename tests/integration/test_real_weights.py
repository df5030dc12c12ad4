"""All four models prepared from the shared directory, and the two with real weights on real photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from bench.catalog import models
from bench.measure.preprocess import preprocess
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.models.shared import prepare_models

REAL = ["squeezenet_v1.1", "googlenet"]
PHOTOGRAPHS = range(0, 100, 7)


@pytest.fixture(scope="module")
def prepared(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, PreparedModel]:
    folder = tmp_path_factory.mktemp("prepared")
    done = prepare_models(models().values(), folder, shared_models, print, print)
    return {model.name: model for model in done}


@pytest.fixture(scope="module")
def photographs(shared_images: Path) -> list[np.ndarray]:
    names = [line.split()[0] for line in (shared_images / "val.txt").read_text().splitlines()]
    return [cv2.resize(cv2.imread(str(shared_images / names[index])), (256, 256)) for index in PHOTOGRAPHS]


def opencv(model: PreparedModel, photographs: list[np.ndarray]) -> np.ndarray:
    net = cv2.dnn.readNetFromCaffe(str(model.prototxt), str(model.caffemodel))
    rows = []
    for photograph in photographs:
        net.setInput(preprocess(photograph, model.record), model.input_name)
        rows.append(net.forward(model.output_name).flatten())
    return np.array(rows)


def onnx(model: PreparedModel, photographs: list[np.ndarray]) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(model.onnx))
    blobs = [preprocess(photograph, model.record) for photograph in photographs]
    return np.array([session.run([model.output_name], {model.input_name: blob})[0][0] for blob in blobs])


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("framework", [opencv, onnx])
def test_real_weights_give_the_reference_s_probabilities(
    name: str, framework, prepared: dict[str, PreparedModel], photographs: list[np.ndarray], shared_models: Path
) -> None:
    reference = np.load(shared_models / name / "reference_probabilities.npy")[PHOTOGRAPHS]
    assert np.abs(framework(prepared[name], photographs) - reference).max() <= 1e-4


@pytest.mark.parametrize("name", models())
def test_frameworks_agree_on_photographs(
    name: str, prepared: dict[str, PreparedModel], photographs: list[np.ndarray]
) -> None:
    assert np.abs(opencv(prepared[name], photographs) - onnx(prepared[name], photographs)).max() <= 1e-4


@pytest.mark.parametrize("name", sorted(set(models()) - set(REAL)))
def test_synthetic_probabilities_are_ordinary_numbers_that_depend_on_the_image(
    name: str, prepared: dict[str, PreparedModel], photographs: list[np.ndarray]
) -> None:
    probabilities = opencv(prepared[name], photographs)
    assert prepared[name].record.weights == "synthetic"
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-4)
    assert probabilities.max(axis=1).min() > 2 / 1000 and probabilities.max() < 0.9
    assert np.log(probabilities).std(axis=0).min() > 0.01


def test_what_is_real_is_called_pretrained(prepared: dict[str, PreparedModel]) -> None:
    assert {name for name, model in prepared.items() if model.record.weights == "pretrained"} == set(REAL)
