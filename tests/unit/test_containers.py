"""What holds for every service and for what a tag's name may hold."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.made.program import needs_make

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_service_can_take_the_board_with_it(service: str) -> None:
    given = SERVICES[service]
    assert (given["mem_limit"], given["pids_limit"], given["tmpfs"]) == ("4g", 512, ["/tmp:size=512m"])


@needs_make
def test_a_tag_is_never_read_as_a_command(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "digests").mkdir()
    (tmp_path / "digests" / "opencv-linux-arm64").write_text("sha256:aa\n")
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s|" "$@" > told\n')
    docker.chmod(0o755)
    tag = "v1;touch${IFS}pwned;`touch${IFS}pwned`"
    told = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "REGISTRY": "host/x", "TAG": tag}
    subprocess.run(["make", "publish"], cwd=tmp_path, env=told, check=True, capture_output=True)
    assert not (tmp_path / "pwned").exists()
    assert (tmp_path / "told").read_text() == (
        f"buildx|imagetools|create|--tag|host/x/opencv:{tag}|host/x/opencv@sha256:aa|"
    )


@needs_make
def test_a_board_gets_the_arm64_images_under_the_names_that_compose_knows(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    here = ["pi-dnn-bench/opencv:latest-arm64", "pi-dnn-bench/opencv:latest", "other/opencv:latest-arm64"]
    docker = f"""#!/bin/sh
echo "docker $@" >> told
if [ "$1" = images ]; then echo {" ".join(here)} | tr ' ' '{chr(92)}n'; fi
"""
    (tmp_path / "docker").write_text(docker)
    (tmp_path / "ssh").write_text('#!/bin/sh\necho "ssh $@: $(cat)" >> told\n')
    for program in ("docker", "ssh"):
        (tmp_path / program).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["make", "deploy", "HOST=pi@board"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    told = (tmp_path / "told").read_text().splitlines()
    assert "docker save pi-dnn-bench/opencv:latest-arm64" in told
    assert told[-1] == "ssh pi@board sh: docker tag pi-dnn-bench/opencv:latest-arm64 pi-dnn-bench/opencv:latest"
