"""What the recipe for wheels installs of a lock."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.catalog import frameworks

IMAGES = Path(__file__).parents[2] / "images"
CORE = IMAGES / "opencv" / "requirements.lock"
MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64", "linux/arm/v7": "armv7l"}
WHEELS = [
    (name, platform)
    for name, framework in frameworks().items()
    if framework.recipe == "wheel"
    for platform in framework.platforms
]


def run(machine: str, *locks: Path, debians: str = "numpy") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(IMAGES / "base" / "wanted.py"), machine, debians, *map(str, locks)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def names(text: str) -> list[str]:
    return re.findall(r"^(\S+)==", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("framework", "machine", "package"),
    [
        ("tensorflow", "x86_64", "tensorflow-cpu"),
        ("tensorflow", "aarch64", "tensorflow"),
        ("litert", "aarch64", "ai-edge-litert"),
        ("litert", "armv7l", "tflite-runtime"),
    ],
)
def test_markers_are_those_of_the_machine_that_the_image_is_for(framework: str, machine: str, package: str) -> None:
    done = run(machine, IMAGES / framework / "requirements.lock")
    kinds = ("tensorflow", "tflite", "ai-edge")
    assert [name for name in names(done.stdout) if name.startswith(kinds)] == [package]
    assert ";" not in done.stdout, "pip would judge the marker anew, by the builder's machine"


@pytest.mark.parametrize(("name", "platform"), WHEELS)
def test_a_framework_adds_nothing_that_the_layer_below_has(name: str, platform: str) -> None:
    done = run(MACHINES[platform], IMAGES / name / "requirements.lock", CORE)
    assert done.returncode == 0, done.stderr
    below = set(names(run(MACHINES[platform], CORE).stdout))
    assert names(done.stdout)
    assert not below & set(names(done.stdout))


def test_every_hash_of_a_requirement_is_kept() -> None:
    text = CORE.read_text(encoding="utf-8")
    rich = text[text.index("rich==") : text.index("shellingham==")]
    assert rich in run("x86_64", CORE).stdout


def test_debian_s_numpy_is_everyone_s_but_of_who_lists_another() -> None:
    assert "numpy" not in names(run("x86_64", CORE).stdout)
    assert "numpy" in names(run("x86_64", CORE, debians="").stdout)
    assert "numpy" in names(run("x86_64", IMAGES / "tensorflow" / "requirements.lock", CORE).stdout)


def test_opencv_is_compiled_and_never_installed() -> None:
    assert "opencv-python-headless" not in names(run("x86_64", CORE).stdout)


def test_another_version_than_the_layer_below_has_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "requirements.lock"
    other.write_text("rich==1.0 \\\n    --hash=sha256:aa\n")
    done = run("x86_64", other, CORE)
    assert done.returncode == 1
    assert "has rich 1.0, the layer below" in done.stderr
