"""What int8 costs in accuracy, in every framework that computes in it, on photographs that did not calibrate it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.catalog import frameworks
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.models.quantised import prepare_int8
from tests.images.conftest import NATIVE, PLATFORMS, available

MOST_LOST = {"squeezenet_v1.1": 3, "googlenet": 5, "mobilenet_v2_1.0_224": 5, "efficientnet_lite0": 5}
"""Points of top-1, against float32."""

LEAST_ALIKE = 85
"""Percent of the photographs that have the same first class as in float32."""

INTEGER = [name for name in available(NATIVE) if frameworks()[name].no_int8 is None]

PROGRAM = """
import json
from pathlib import Path
from bench.frameworks import adapter, describe
from bench.frameworks.conversion import ensure_converted
from bench.prepare.images.preprocess import preprocess
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
framework, images, found = adapter("{framework}"), ImageSet(Path("/results/prepared/images")), {}
for name in {names}:
    model = PreparedModel(Path("/results/prepared") / (name + "@int8"))
    ensure_converted("{framework}", framework, model)
    session = framework.load(model, 1)
    calibrated = set(model.record.calibration.images)
    answers = {
        row.name: int(session.infer(preprocess(images.read(row), model.record)).argmax())
        for row in images.rows() if row.name not in calibrated
    }
    found[name] = {"answers": answers, "computed_in": describe(framework, session)["computed_in"]}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def quantised(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared models in int8, in a results folder of their own."""
    folder = tmp_path_factory.mktemp("int8") / "prepared"
    for name in (*MOST_LOST, "images"):
        shutil.copytree(prepared / name, folder / name)
    prepare_int8([PreparedModel(folder / name) for name in MOST_LOST], folder, ImageSet(folder / "images"), print)
    return folder


@pytest.mark.skipif(NATIVE not in PLATFORMS, reason="emulated, a hundred photographs take hours")
@pytest.mark.parametrize("framework", INTEGER)
def test_int8_runs_in_integers_and_costs_few_points(
    framework: str, quantised: Path, python: Callable[..., object], shared_models: Path
) -> None:
    program = PROGRAM.replace("{framework}", framework).replace("{names}", json.dumps(list(MOST_LOST)))
    options = [f"--volume={quantised.parent}:/results", f"--user={os.getuid()}:{os.getgid()}"]
    found = python(framework, NATIVE, program, options)
    assert isinstance(found, dict)
    rows = list(ImageSet(quantised / "images").rows())
    for name, most in MOST_LOST.items():
        answers, computed_in = found[name]["answers"], found[name]["computed_in"]
        assert len(answers) == 80
        assert computed_in["int8"] > 25 and computed_in["float"] == 0, (name, computed_in)
        in_float = np.load(shared_models / name / "reference_probabilities.npy").argmax(axis=1)
        places = [place for place, row in enumerate(rows) if row.name in answers]
        classes = np.array([answers[rows[place].name] for place in places])
        labels = np.array([rows[place].label for place in places])
        lost = 100 * ((in_float[places] == labels).mean() - (classes == labels).mean())
        alike = 100 * (in_float[places] == classes).mean()
        assert lost <= most and alike >= LEAST_ALIKE, (framework, name, lost, alike)
