"""Float16 on the processors that have it: on for its own rows, off for those in float32, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.catalog import frameworks
from tests.images.conftest import PLATFORMS

PLATFORM, MODEL = "linux/arm64", "squeezenet_v1.1"

PROGRAM = """
import json
from pathlib import Path
from bench.frameworks import adapter, describe
from bench.frameworks.conversion import ensure_converted
from bench.prepare.images.preprocess import preprocess
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
framework, images = adapter("{framework}"), ImageSet(Path("/results/prepared/images"))
model = PreparedModel(Path("/results/prepared/{model}"))
found = {"has_half": framework.has_half()}
if found["has_half"]:
    ensure_converted("{framework}", framework, model)
    blob = preprocess(images.read(next(images.rows())), model.record)
    for name in ("load", "load_half"):
        session = getattr(framework, name)(model, 1)
        found[name] = session.infer(blob).tolist()
        found[name + " half"] = describe(framework, session)["half"]
print(json.dumps(found))
"""


@pytest.mark.skipif(PLATFORM not in PLATFORMS, reason="only other platforms were asked for")
@pytest.mark.parametrize("core", ["cortex-a53", "cortex-a72", "cortex-a76"])
@pytest.mark.parametrize("framework", [name for name, found in frameworks().items() if found.no_fp16 is None])
def test_float16_is_switched_on_and_off_where_the_processor_has_it(
    framework: str, core: str, python: Callable[..., object], prepared: Path, shared_models: Path
) -> None:
    program = PROGRAM.replace("{framework}", framework).replace("{model}", MODEL)
    options = [f"--volume={prepared.parent}:/results", f"--user={os.getuid()}:{os.getgid()}"]
    options += [f"--env=QEMU_CPU={core}", "--env=OMP_NUM_THREADS=1"]
    found = python(framework, PLATFORM, program, options)
    assert isinstance(found, dict)
    if core != "cortex-a76":
        assert found == {"has_half": False}
        return
    expected = np.load(shared_models / MODEL / "reference_probabilities.npy")[0]
    in_float, in_half = (np.abs(np.array(found[name]) - expected).max() for name in ("load", "load_half"))
    assert (found["load half"], found["load_half half"]) == (False, True)
    assert in_float <= 1e-5 < in_half < 0.05
