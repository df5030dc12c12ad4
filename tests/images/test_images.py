from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest

from bench.catalog import frameworks
from bench.source import LABEL, image_source
from tests.images.conftest import NATIVE, PI_CORES, PLATFORMS, Run, available, build

AVAILABLE = [(framework, platform) for platform in PLATFORMS for framework in available(platform)]


@pytest.mark.parametrize(("framework", "platform"), AVAILABLE)
def test_the_framework_itself_reports_its_linear_algebra_and_threads(run: Run, framework: str, platform: str) -> None:
    info = build_info(run, framework, platform)
    # The first is what it uses on a Pi's processor, and so on the emulated ones; another may need newer instructions.
    known = frameworks()[framework].blas
    if not known:
        assert "blas" not in info
        return
    assert info["threads"] >= 1
    assert info["flags"]
    assert info["blas"] in (known if platform == NATIVE else known[:1])
    if info["blas"] == "OpenBLAS":
        assert "OpenBLAS" in info["openblas"]["config"]
        assert Path(info["openblas"]["path"]).name.startswith("libopenblas")
        assert info["openblas"]["core"]


def build_info(run: Run, framework: str, platform: str, options: list[str] | None = None) -> dict[str, Any]:
    done = run(framework, platform, "list", "--build-info", "--framework", framework, options=options)
    assert done.returncode == 0, done.stderr
    info: dict[str, Any] = json.loads(done.stdout)
    assert info["version"]
    return info


@pytest.mark.parametrize(("platform", "core"), [(name, core) for name in PLATFORMS for core in PI_CORES.get(name, ())])
def test_the_arm_images_report_neon_on_every_pi_s_core(run: Run, platform: str, core: str) -> None:
    options = [f"--env=QEMU_CPU={core}"]
    opencv = build_info(run, "opencv", platform, options)
    assert "NEON" in opencv["baseline"]
    assert opencv["lapack"].startswith("YES")
    caffe = build_info(run, "caffe", platform, options)
    # OpenBLAS picks its kernels for the core it finds: those for arm64 are all NEON, on 32-bit ARM they are VFP.
    assert caffe["openblas"]["core"].lower() in {"armv8", core.replace("-", ""), "neoversen1", "armv7"}
    assert "armv8-a" in caffe["flags"] or "neon" in caffe["flags"]


@pytest.mark.parametrize(("framework", "platform"), AVAILABLE)
def test_the_image_has_a_user_and_no_tools_of_its_build(run: Run, framework: str, platform: str) -> None:
    script = "id -u; for tool in cc gcc ld pip pip3; do command -v $tool; done; ls -A /var/lib/apt/lists"
    done = run(framework, platform, "-c", script, options=["--entrypoint=sh"])
    assert done.stdout.split() == ["10001"]


@pytest.mark.parametrize(("framework", "platform"), AVAILABLE)
def test_the_image_says_what_it_is(engine: docker.DockerClient, framework: str, platform: str) -> None:
    labels = engine.images.get(build(framework, platform)).labels
    assert labels["org.opencontainers.image.title"] == f"pi-dnn-bench: {frameworks()[framework].title}"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels[LABEL] == image_source()
    assert labels["org.opencontainers.image.base.name"].startswith("debian:")


def test_memory_that_runs_out_is_a_record_and_the_supervisor_goes_on(run: Run, prepared: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    options = [
        *(f"--volume={prepared}:/results/prepared:ro", f"--volume={tmp_path}:/results/runs"),
        *("--memory=110m", "--memory-swap=110m"),
    ]
    arguments = ("run", "opencv", "--models=nin,squeezenet", "--profile=smoke", "--results=/results")
    done = run("opencv", NATIVE, *arguments, options=options)
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
    done = run("opencv", NATIVE, "-c", script, options=options)
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
    done = run("opencv", NATIVE, "sh", "-c", "id -u; id -g; id -G; grep Cap /proc/self/status", options=options)
    lines = done.stdout.splitlines()
    assert lines[:3] == [str(uid)] * 3
    assert {int(line.split()[1], 16) for line in lines[3:]} == {0}
    assert len(lines) == 8


def test_as_owner_keeps_the_group_of_the_meter_s_device(run: Run, owned_results: Callable[[int], Path]) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    results = owned_results(1000)
    options = [
        *("--user=0:0", "--cap-add=SETUID", "--cap-add=SETGID", "--cap-add=SETPCAP", "--entrypoint=as-owner"),
        *(f"--volume={results}:/results", "--env=BENCH_METER_GROUP=998"),
    ]
    done = run("tools", NATIVE, "id", "-G", options=options)
    assert done.stdout.split() == ["1000", "998"]
