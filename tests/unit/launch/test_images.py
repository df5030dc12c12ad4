"""Where images come from: only those of this very source count, wherever they are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from docker.errors import ImageNotFound

from bench import __version__
from bench.launch import images
from bench.launch.images import building_minutes, find_images, registry
from bench.source import LABEL, image_source, registry_beside, source_sha256

OTHER = "0" * 64


class Engine:
    """An engine that has images of these labels."""

    def __init__(self, **labels: str) -> None:
        self.images = self
        self._labels = {f"pi-dnn-bench/{name}:latest": {LABEL: label} for name, label in labels.items()}

    def get(self, reference: str) -> Any:
        if reference not in self._labels:
            raise ImageNotFound("no such image")
        return type("Image", (), {"labels": self._labels[reference]})


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Be a clone from GitHub, beside which images of these labels are published."""
    published: dict[str, str] = {}

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        label = published.get(command[4])
        if label is None:
            return subprocess.CompletedProcess(command, 1, "", f"ERROR: {command[4]}: not found\n")
        if label == "null":
            return subprocess.CompletedProcess(command, 0, label, "")
        if label.startswith("ERROR"):
            return subprocess.CompletedProcess(command, 1, "", f"WARNING: No blob storage\n{label}\n")
        config = {"config": {"Labels": {LABEL: label} if label else None}}
        return subprocess.CompletedProcess(command, 0, json.dumps({"linux/arm64": config}), "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(images, "home_registry", lambda: "ghcr.io/someone/boards")
    monkeypatch.setattr(images, "docker_platform", lambda: "linux/arm64")
    return published


def found(engine: Engine, *names: str, **environment: str) -> dict[str, tuple[bool, str, str]]:
    return {one.name: (one.here, one.published, one.unusable) for one in find_images(engine, names, environment)}  # type: ignore[arg-type]


def test_an_image_of_this_source_is_taken_as_it_is_here(github: dict[str, str]) -> None:
    assert github == {}
    assert found(Engine(opencv=image_source()), "opencv")["opencv"] == (True, "", "")


def test_what_is_published_of_this_source_is_pulled_by_the_version_s_tag(github: dict[str, str]) -> None:
    published = f"ghcr.io/someone/boards/opencv:v{__version__}"
    github[published] = image_source()
    assert found(Engine(opencv=OTHER), "opencv")["opencv"] == (False, published, "")


def test_what_is_published_of_another_source_is_not_pulled_and_named(github: dict[str, str]) -> None:
    github[f"ghcr.io/someone/boards/opencv:v{__version__}"] = OTHER
    (opencv, tools) = find_images(Engine(), ["opencv"], {})  # type: ignore[arg-type]
    assert (opencv.published, tools.published) == ("", "")
    assert opencv.provision().how == (
        "its image is built here, for what is published is of other source (000000000000)"
    )
    assert tools.provision().how == "its image is built here"


NO_HOST = (
    'ERROR: failed to do request: Head "https://ghcr.io/v2/x": dial tcp: lookup ghcr.io on 10.0.0.1:53: no such host'
)
REFUSED = "ERROR: failed to authorize: unexpected status from GET request to https://ghcr.io/token?x=y: 403 Forbidden"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (NO_HOST, "ghcr.io shows none (no such host)"),
        (REFUSED, "ghcr.io shows none (403 Forbidden)"),
        ("", "what is published is of other source (unnamed)"),
        ("null", "what is published is no image"),
    ],
)
def test_why_what_is_published_is_not_pulled_is_said(
    github: dict[str, str], answer: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    github[f"ghcr.io/someone/boards/opencv:v{__version__}"] = answer
    assert found(Engine(), "opencv") == {"opencv": (False, "", why), "tools": (False, "", "")}
    opencv, _ = find_images(Engine(), ["opencv"], {})  # type: ignore[arg-type]
    assert opencv.provision().how == f"its image is built here, for {why}"
    monkeypatch.setattr(images, "IS_CLONE", False)
    assert opencv.provision().how == f"unavailable: {why} (BENCH_REGISTRY, BENCH_TAG)"


def test_what_is_published_for_other_platforms_alone_is_not_pulled(
    github: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    github[f"ghcr.io/someone/boards/opencv:v{__version__}"] = image_source()
    monkeypatch.setattr(images, "docker_platform", lambda: "linux/arm/v7")
    assert found(Engine(), "opencv")["opencv"] == (False, "", "what is published is not for linux/arm/v7")


def test_the_registry_is_a_setting(github: dict[str, str]) -> None:
    github["registry.lan/x/opencv:mine"] = image_source()
    settings = {"BENCH_REGISTRY": "registry.lan/x", "BENCH_TAG": "mine"}
    assert found(Engine(), "opencv", **settings)["opencv"] == (False, "registry.lan/x/opencv:mine", "")
    assert registry({}) == "ghcr.io/someone/boards"


@pytest.mark.parametrize(
    ("remote", "place"),
    [
        ("https://github.com/Someone/Boards", "ghcr.io/someone/boards"),
        ("ssh://git@github.com/someone/boards.git", "ghcr.io/someone/boards"),
        ("https://example.org/someone/boards.git", ""),
        ("/home/pi/boards", ""),
        ("", ""),
    ],
)
def test_only_github_has_a_registry_beside_it(remote: str, place: str) -> None:
    assert registry_beside(remote) == place


def test_building_takes_long_only_where_something_is_built(
    github: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert github == {}
    here = Engine(opencv=image_source(), tools=image_source())
    assert building_minutes(find_images(here, ["opencv"], {})) == 0  # type: ignore[arg-type]
    missing = find_images(here, ["opencv", "caffe"], {})  # type: ignore[arg-type]
    for machine, cores, minutes in (("x86_64", 2, 24.5), ("aarch64", 4, 73.5)):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert building_minutes(missing) == minutes


def test_the_source_s_digest_follows_every_file_and_no_compiled_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = source_sha256(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x")
    assert source_sha256(tmp_path) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert source_sha256(tmp_path) != before
