"""A model of the user's own is the same network in every framework: what its file computes, in ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest

from bench.catalog import find_models, frameworks
from bench.catalog.settings import InputSettings
from bench.prepare.images.imageset import ImageSet
from bench.prepare.images.prepare import prepare_images
from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.own import read_own
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.models.shared import prepare_models
from tests.images.conftest import NATIVE, PLATFORMS, available
from tests.made.onnx_files import mobile

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime

TOLERANCE = 1e-4
IMAGES = 5

PROGRAM = """
import json
from itertools import islice
from pathlib import Path
from bench.frameworks import adapter
from bench.frameworks.conversion import ensure_converted
from bench.prepare.images.preprocess import preprocess
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
framework, images = adapter("{framework}"), ImageSet(Path("/results/prepared/images"))
model = PreparedModel(Path("/results/prepared/my_net"))
ensure_converted("{framework}", framework, model)
session = framework.load(model, 1)
rows = islice(images.rows(), {images})
print(json.dumps([session.infer(preprocess(images.read(row), model.record)).tolist() for row in rows]))
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> PreparedModel:
    """A small network of MobileNet v3's operations, prepared from its ONNX file, beside some images."""
    folder = tmp_path_factory.mktemp("own")
    settings = InputSettings(onnx=[mobile(folder / "my_net.onnx")], order="RGB", mean="127.5", scale="1/127.5")
    (model,) = find_models(["my_net"], read_own(settings))
    prepare_images(None, folder / "prepared" / "images", lambda *_: None, print)
    return prepare_models([model], folder / "prepared", None, print, print, settings.onnx)[0]


@pytest.fixture(scope="module")
def expected(own: PreparedModel) -> np.ndarray:
    """What ONNX Runtime makes of the user's very file."""
    session = onnxruntime.InferenceSession(str(own.folder.parents[1] / "my_net.onnx"))
    images = ImageSet(own.folder.parent / "images")
    blobs = [preprocess(images.read(row), own.record) for row in list(images.rows())[:IMAGES]]
    scores = np.array([session.run(None, {"image": blob})[0][0] for blob in blobs], np.float64)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")
@pytest.mark.parametrize("framework", available(NATIVE))
def test_every_framework_computes_what_the_user_s_file_does(
    framework: str, own: PreparedModel, expected: np.ndarray, python: Callable[..., object]
) -> None:
    lacking = own.why_not(frameworks()[framework].reads)
    if framework in ("caffe", "caffe2"):
        assert lacking == "Caffe has no hard swish"
        return
    assert lacking is None
    program = PROGRAM.replace("{framework}", framework).replace("{images}", str(IMAGES))
    options = [f"--volume={own.folder.parents[1]}:/results", f"--user={os.getuid()}:{os.getgid()}"]
    found = np.array(python(framework, NATIVE, program, options))
    assert found.shape == (IMAGES, own.record.classes)
    assert found.std(axis=1).min() > 1e-6
    assert np.abs(found - expected).max() <= TOLERANCE
