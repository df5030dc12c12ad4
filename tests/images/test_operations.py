"""Each operation of the neutral graph means the same in every framework, on every platform."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from bench.catalog import frameworks
from tests.images.conftest import AT_LENGTH, EXPORTING, PI_CORES, PLATFORMS, available
from tests.made.operations import IN_PASSING, NOT_IN_CAFFE, OPERATIONS, prepare

TOLERANCE = 2e-5
"""Of a probability. Some are near 1 here, and MNN's softmax on ARM is good to 1e-5 of the value: it differs by 1.01e-5,
all others by less than 5e-6. What means something else has differed by 2e-3 and more."""

NOT_TRANSLATED = {"caffe2": ("inner-product", "product")}
"""What a framework's own converter ends with an error at: an inner product without a bias, for one."""

PROGRAM = """
import os
from pathlib import Path
import numpy as np
from bench.frameworks import Converter, adapter
from bench.prepare.models.prepared import PreparedModel
framework = adapter("{framework}")
blobs = np.load("/results/blobs.npy")
for name in {names}:
    model = PreparedModel(Path("/results/prepared") / name)
    if isinstance(framework, Converter):  # here, and not each in a process of its own: some import for half a minute
        folder = framework.converted(model)
        folder.mkdir(parents=True, exist_ok=True)
        framework.convert(model, folder)
    session = framework.load(model, len(os.sched_getaffinity(0)))
    np.save(Path("/out") / name, [session.infer(blob[None]) for blob in blobs])
print("true")
"""


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a results folder with every small network, prepared, the images for them, and what ONNX Runtime says."""
    results = tmp_path_factory.mktemp("operations")
    blobs = np.random.default_rng(1).normal(0, 3, (3, 3, 10, 8)).astype(np.float32)
    np.save(results / "blobs.npy", blobs)
    (results / "expected").mkdir()
    for operation, layer in OPERATIONS.items():
        model = prepare(results / "prepared" / operation.replace(" ", "-"), layer)
        session = onnxruntime.InferenceSession(str(model.onnx), providers=["CPUExecutionProvider"])
        expected = [session.run(None, {model.input_name: blob[None]})[0].reshape(-1) for blob in blobs]
        np.save(results / "expected" / model.name, expected)
    return results


@pytest.mark.parametrize("framework", frameworks())
@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_operation_is_what_onnx_runtime_makes_of_it(
    framework: str, platform: str, networks: Path, python: Callable[..., object], tmp_path: Path
) -> None:
    if framework not in available(platform):
        pytest.skip(f"there is no {framework} for {platform}")
    folders = sorted((networks / "prepared").iterdir())
    if "caffe" in frameworks()[framework].reads:
        folders = [folder for folder in folders if (folder / "deploy.prototxt").exists()]
    folders = [folder for folder in folders if folder.name not in NOT_TRANSLATED.get(framework, ())]
    if framework == EXPORTING and not AT_LENGTH:
        brief = {operation.replace(" ", "-") for operation in {**NOT_IN_CAFFE, **IN_PASSING}}
        folders = [folder for folder in folders if folder.name in brief]
    options = [f"--volume={networks}:/results", f"--volume={tmp_path}:/out", f"--user={os.getuid()}:{os.getgid()}"]
    if platform in PI_CORES:
        options.append(f"--env=QEMU_CPU={PI_CORES[platform][-1]}")
    program = PROGRAM.replace("{framework}", framework).replace("{names}", repr([folder.name for folder in folders]))
    assert python(framework, platform, program, options) is True
    differences = {
        folder.name: float(np.abs(np.load(tmp_path / f"{folder.name}.npy") - expected).max())
        for folder in folders
        for expected in [np.load(networks / "expected" / f"{folder.name}.npy")]
    }
    assert {name: difference for name, difference in differences.items() if not difference <= TOLERANCE} == {}
