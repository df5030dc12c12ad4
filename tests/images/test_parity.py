"""The same numbers from every framework on every platform, and on the core of every Pi; float16 where that has it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from bench.catalog import frameworks, models
from bench.catalog.suites import find_suite
from bench.prepare.models.prepared import PreparedModel
from tests.images.conftest import AT_LENGTH, EXPORTING, NATIVE, PI_CORES, PLATFORMS, available

TOLERANCE = 1e-4


class Case(NamedTuple):
    platform: str
    core: str  # that the emulator plays, refusing newer instructions
    images: int  # emulated inference takes seconds
    models: tuple[str, ...]


ALL = tuple(models())
PAPER = tuple(model.name for model in find_suite("paper").models())
ONE = ("squeezenet_v1.1",)

HALF = "cortex-a76"
"""The one core of those with arithmetic of float16."""

CASES = [Case(NATIVE, "", 100, ALL)] if NATIVE in PLATFORMS else []
for name in PLATFORMS:
    for core in PI_CORES.get(name, ()):
        briefly = PAPER if core == PI_CORES[name][0] else ONE
        CASES.append(Case(name, core, AT_LENGTH or 1, ALL if AT_LENGTH else briefly))

SYNTHETIC_IMAGES = 5
"""Photographs at most where nothing but the frameworks' agreement is to be seen: some of these networks are large."""

BLOBS = """
import hashlib, json
import numpy as np
from bench.catalog import models
from bench.prepare.images.preprocess import preprocess
noise = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
told = {"blobs": {name: hashlib.sha256(preprocess(noise, model)).hexdigest() for name, model in models().items()}}
"""

PROBABILITIES = """
from itertools import islice
from pathlib import Path
from bench.frameworks import adapter, describe
from bench.frameworks.conversion import ensure_converted
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
framework, counts = adapter("{framework}"), json.loads('{counts}')
images = ImageSet(Path("/results/prepared/images"))
pixels = [images.read(row) for row in islice(images.rows(), max(counts.values()))]
for name, count in counts.items():
    model = PreparedModel(Path("/results/prepared") / name)
    ensure_converted("{framework}", framework, model)
    session = framework.load(model, 1)
    np.save(Path("/out") / name, [session.infer(preprocess(image, model.record)) for image in pixels[:count]])
"""

HALVES = """
told["half"] = {"has_half": framework.has_half()}
for way in ("load", "load_half") if framework.has_half() else ():
    session = getattr(framework, way)(model, 1)
    np.save(Path("/out") / way, session.infer(preprocess(pixels[0], model.record)))
    told["half"][way] = describe(framework, session)["half"]
"""
"""Of the model that was computed last."""

TELL = "print(json.dumps(told))\n"

Python = Callable[..., Any]
Probabilities = dict[str, dict[str, np.ndarray]]


class Found(NamedTuple):
    """What one framework's image makes of the photographs, its preprocessing's digests, and what it says of float16."""

    probabilities: dict[str, np.ndarray]
    blobs: object
    half: dict[str, bool]
    in_half: dict[str, np.ndarray]  # the first photograph's probabilities as float32 and float16 are loaded


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case.platform} {case.core}".strip())
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def found(case: Case, python: Python, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """Every framework's probabilities for every model it can have, each core busy with one framework."""
    folders = {name: PreparedModel(prepared / name) for name in case.models}

    def infer(framework: str) -> Found:
        out = tmp_path_factory.mktemp(framework)
        options = [
            f"--volume={prepared.parent}:/results",
            f"--volume={out}:/out",
            f"--user={os.getuid()}:{os.getgid()}",
        ]
        options += ["--env=OMP_NUM_THREADS=1", "--env=OPENBLAS_NUM_THREADS=1"]
        if case.core:
            options.append(f"--env=QEMU_CPU={case.core}")
        counts = {
            name: case.images if model.record.weights == "pretrained" else min(case.images, SYNTHETIC_IMAGES)
            for name, model in folders.items()
            if not model.why_not(frameworks()[framework].reads)
            and (not case.core or AT_LENGTH or framework != EXPORTING or name in ONE)
        }
        halves = HALVES if case.core and frameworks()[framework].no_fp16 is None else ""
        program = (
            (BLOBS + PROBABILITIES + halves + TELL)
            .replace("{counts}", json.dumps({name: counts[name] for name in sorted(counts, key=ONE.__contains__)}))
            .replace("{framework}", framework)
        )
        told = python(framework, case.platform, program, options)
        computed = {name: np.load(out / f"{name}.npy") for name in counts}
        in_half = {path.stem: np.load(path) for path in out.glob("load*.npy")}
        return Found(computed, told["blobs"], told.get("half", {}), in_half)

    names = sorted(available(case.platform), key=lambda name: name != EXPORTING)  # the longest first
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(infer, names)))


@pytest.fixture(scope="module")
def probabilities(found: dict[str, Found]) -> Probabilities:
    """The same by framework and model."""
    return {framework: one.probabilities for framework, one in found.items()}


@pytest.fixture(scope="module")
def blobs(python: Python) -> object:
    """What the tools, of which accuracy's images come, make of the same noise."""
    return python("tools", NATIVE, BLOBS + TELL)["blobs"]


def test_real_weights_give_the_reference_probabilities(
    case: Case, probabilities: Probabilities, shared_models: Path
) -> None:
    references = {path.parent.name: path for path in shared_models.glob("*/reference_probabilities.npy")}
    differences = {
        (framework, model): float(np.abs(found[model] - np.load(references[model])[: case.images]).max())
        for framework, found in probabilities.items()
        for model in sorted(references.keys() & found.keys())
    }
    assert {model for _, model in differences} == references.keys() & set(case.models)
    assert {cell: difference for cell, difference in differences.items() if not difference <= TOLERANCE} == {}


def test_every_framework_gives_the_same_probabilities(case: Case, probabilities: Probabilities) -> None:
    for model in case.models:
        first, *others = [framework for framework, found in probabilities.items() if model in found]
        expected = probabilities[first][model]
        assert expected.sum(axis=1) == pytest.approx(1, abs=1e-3)
        assert expected.std(axis=1).min() > 1e-6, f"{model} says the same of every class"
        for other in others:
            assert np.abs(probabilities[other][model] - expected).max() <= TOLERANCE, f"{other} {model}"


def test_preprocessing_is_the_same_to_the_bit_in_every_image(found: dict[str, Found], blobs: object) -> None:
    assert {framework for framework, one in found.items() if one.blobs != blobs} == set()


def test_float16_is_switched_on_and_off_where_the_processor_has_it(
    case: Case, found: dict[str, Found], shared_models: Path
) -> None:
    having = {name: one for name, one in found.items() if case.core and frameworks()[name].no_fp16 is None}
    if case.core != HALF:
        assert {name: one.half for name, one in having.items()} == {name: {"has_half": False} for name in having}
        return
    (model,) = ONE
    expected = np.load(shared_models / model / "reference_probabilities.npy")[0]
    for name, one in having.items():
        assert one.half == {"has_half": True, "load": False, "load_half": True}, name
        in_float, in_half = (np.abs(one.in_half[way] - expected).max() for way in ("load", "load_half"))
        assert in_float <= 1e-5 < in_half < 0.05, (name, in_float, in_half)
