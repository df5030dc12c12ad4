"""Nothing phones home from an image: as root, with a root folder to write to, a framework leaves nothing there."""

from __future__ import annotations

import shutil
from pathlib import Path

import docker
import pytest

from bench.catalog import frameworks
from tests.images.conftest import NATIVE, PLATFORMS, available, build
from tests.made.quiet import calls, counted

ELSEWHERE = [name for name in PLATFORMS if name != NATIVE]
WHERE = [
    (framework, platform)
    for framework in frameworks()
    for platform in [name for name in (NATIVE, *ELSEWHERE) if name in PLATFORMS and framework in available(name)][:1]
]
"""Each framework once, where it need not be emulated if that can be."""


@pytest.mark.parametrize(("framework", "platform"), WHERE)
def test_a_framework_calls_nobody_and_leaves_nothing(
    engine: docker.DockerClient, framework: str, platform: str, prepared: Path, tmp_path: Path
) -> None:
    for name in ("images", "squeezenet_v1.1"):
        shutil.copytree(prepared / name, tmp_path / "prepared" / name)
    program = counted(["bench", "run", framework, "--models=squeezenet_v1.1", "--profile=smoke", "--results=/results"])
    container = engine.containers.create(
        build(framework, platform),
        entrypoint=program[:2],
        command=program[2:],
        environment={"HOME": "/root"},
        network_mode="none",
        platform=platform,
        tmpfs={"/tmp": ""},
        user="0:0",
        volumes={str(tmp_path): {"bind": "/results", "mode": "rw"}},
    )
    try:
        container.start()
        code = container.wait()["StatusCode"]
        output = container.logs(stdout=True, stderr=False).decode()
        assert code == 0, output + container.logs(stdout=False, stderr=True).decode()
        assert calls(output) == {}
        assert [change["Path"] for change in container.diff() or []] in ([], ["/results"])
    finally:
        container.remove(force=True)
