from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import docker
import numpy as np
import pytest

from bench.catalog import frameworks, models
from tests.images.conftest import ROOT, Run, build

PLATFORMS = ("linux/amd64", "linux/arm64")
FRAMEWORKS = tuple(frameworks())
IMAGES = {"linux/amd64": 100, "linux/arm64": 2}  # emulated inference takes seconds
TOLERANCE = 1e-4

BLOBS = """
import hashlib, json
import numpy as np
from bench.catalog import models
from bench.measure.preprocess import preprocess
image = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
print(json.dumps({name: hashlib.sha256(preprocess(image, model)).hexdigest() for name, model in models().items()}))
"""

PROBABILITIES = """
import sys
from itertools import islice
from pathlib import Path
import numpy as np
from bench.catalog import models
from bench.frameworks import adapter
from bench.frameworks.conversion import ensure_converted
from bench.measure.preprocess import preprocess
from bench.prepare.imageset import ImageSet
from bench.prepare.prepared import PreparedModel
framework = adapter("{framework}")
images = ImageSet(Path("/results/prepared/images"))
pixels = [images.read(row) for row in islice(images.rows(), {count})]
for name in models():
    model = PreparedModel(Path("/results/prepared") / name)
    ensure_converted("{framework}", framework, model)
    session = framework.load(model, 2)
    np.save(Path("/out") / name, [session.infer(preprocess(image, model.record)) for image in pixels])
print("true")
"""

Python = Callable[..., object]


@pytest.fixture(scope="module", params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def probabilities(
    platform: str, python: Python, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, np.ndarray]]:
    """Every framework's probabilities for every model, by framework and model."""
    found = {}
    for framework in FRAMEWORKS:
        out = tmp_path_factory.mktemp(framework)
        user = f"--user={os.getuid()}:{os.getgid()}"
        options = [f"--volume={prepared.parent}:/results", f"--volume={out}:/out", user]
        program = PROBABILITIES.replace("{count}", str(IMAGES[platform])).replace("{framework}", framework)
        assert python(framework, platform, program, options) is True
        found[framework] = {name: np.load(out / f"{name}.npy") for name in models()}
    return found


def test_real_weights_give_the_reference_probabilities(
    platform: str, probabilities: dict[str, dict[str, np.ndarray]], shared_models: Path
) -> None:
    for model in ("squeezenet_v1.1", "googlenet"):
        reference = np.load(shared_models / model / "reference_probabilities.npy")[: IMAGES[platform]]
        for framework in FRAMEWORKS:
            difference = np.abs(probabilities[framework][model] - reference).max()
            assert difference <= TOLERANCE, f"{framework} {model} {platform}: {difference}"


def test_every_framework_gives_the_same_probabilities(probabilities: dict[str, dict[str, np.ndarray]]) -> None:
    first, *others = FRAMEWORKS
    for model in models():
        expected = probabilities[first][model]
        assert expected.sum(axis=1) == pytest.approx(1, abs=1e-3)
        assert expected.std(axis=1).min() > 1e-6, f"{model} says the same of every class"
        for other in others:
            assert np.abs(probabilities[other][model] - expected).max() <= TOLERANCE


def test_preprocessing_is_the_same_to_the_bit_in_every_image(python: Python) -> None:
    blobs = [python(image, platform, BLOBS) for platform in PLATFORMS for image in (*FRAMEWORKS, "tools")]
    assert len({json.dumps(blob, sort_keys=True) for blob in blobs}) == 1


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_framework_itself_reports_openblas_and_its_threads(run: Run, platform: str, framework: str) -> None:
    done = run(framework, platform, "list", "--build-info", "--framework", framework)
    assert done.returncode == 0, done.stderr
    info = json.loads(done.stdout)
    assert "OpenBLAS" in info["openblas"]["config"]
    assert Path(info["openblas"]["path"]).name.startswith("libopenblas")
    assert info["openblas"]["core"]
    assert info["threads"] >= 1


@pytest.mark.parametrize("core", ["cortex-a53", "cortex-a72", "cortex-a76"])
def test_the_arm64_images_report_neon_on_every_pi_s_core(run: Run, core: str) -> None:
    options = [f"--env=QEMU_CPU={core}"]
    opencv = json.loads(
        run("opencv", "linux/arm64", "list", "--build-info", "--framework=opencv", options=options).stdout
    )
    assert "NEON" in opencv["baseline"]
    assert opencv["lapack"].startswith("YES")
    caffe = json.loads(run("caffe", "linux/arm64", "list", "--build-info", "--framework=caffe", options=options).stdout)
    # OpenBLAS picks its kernels for the core it finds; every one it has for arm64 is NEON.
    assert caffe["openblas"]["core"].lower() in {"armv8", core.replace("-", ""), "neoversen1"}
    assert "armv8-a" in caffe["build"]["flags"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_image_has_a_user_and_no_tools_of_its_build(run: Run, platform: str, framework: str) -> None:
    script = "id -u; for tool in cc gcc ld pip pip3; do command -v $tool; done; ls -A /var/lib/apt/lists"
    done = run(framework, platform, "-c", script, options=["--entrypoint=sh"])
    assert done.stdout.split() == ["10001"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_image_says_what_it_is(engine: docker.DockerClient, platform: str, framework: str) -> None:
    labels = engine.images.get(build(framework, platform)).labels
    assert labels["org.opencontainers.image.title"] == f"pi-dnn-bench: {frameworks()[framework].title}"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.base.name"].startswith("debian:")


def test_memory_that_runs_out_is_a_record_and_the_supervisor_goes_on(run: Run, prepared: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    options = [
        *(f"--volume={prepared}:/results/prepared:ro", f"--volume={tmp_path}:/results/runs"),
        *("--memory=110m", "--memory-swap=110m"),
    ]
    arguments = ("run", "opencv", "--models=nin,squeezenet", "--profile=smoke", "--results=/results")
    done = run("opencv", "linux/amd64", *arguments, options=options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "opencv nin: oom: SIGKILL: the kernel ended the process for want of memory" in done.stdout
    assert "opencv squeezenet_v1.1: " in done.stdout.splitlines()[-1]


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(run: Run, prepared: Path) -> None:
    script = (
        "bench run opencv --models=squeezenet --profile=smoke --results=/results; echo code $?; "
        "find /results/runs -name '*.json' -exec python3 -m json.tool {} /dev/null ';'; "
        "find /results/runs -name '.*.*.*'"
    )
    options = [
        f"--volume={prepared}:/results/prepared:ro",
        *("--tmpfs=/results/runs:size=12k,mode=1777", "--entrypoint=sh"),
    ]
    done = run("opencv", "linux/amd64", "-c", script, options=options)
    assert done.stdout.splitlines()[-1] == "code 2"
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("uid", [0, 1000, 12345])
def test_as_owner_becomes_the_owner_and_has_no_capabilities(
    run: Run, uid: int, owned_results: Callable[[int], Path]
) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    results = owned_results(uid)
    options = [
        *("--user=0:0", "--cap-add=SETUID", "--cap-add=SETGID", "--cap-add=SETPCAP", "--entrypoint=as-owner"),
        f"--volume={results}:/results",
    ]
    done = run("opencv", "linux/amd64", "sh", "-c", "id -u; id -g; id -G; grep Cap /proc/self/status", options=options)
    lines = done.stdout.splitlines()
    assert lines[:3] == [str(uid)] * 3
    assert {int(line.split()[1], 16) for line in lines[3:]} == {0}
    assert len(lines) == 8


def test_the_dockerfile_and_compose_name_every_framework() -> None:
    dockerfile, compose, bake = (
        (ROOT / name).read_text() for name in ("images/Dockerfile", "compose.yaml", "docker-bake.hcl")
    )
    for framework in FRAMEWORKS:
        assert f"AS {framework}\n" in dockerfile
        assert f"\n  {framework}:\n" in compose
        assert f'"{framework}"' in bake
