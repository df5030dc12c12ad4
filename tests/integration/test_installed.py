"""What is installed with pip: built, checked, and tried in an empty environment outside of any clone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

from bench import __version__
from bench.results.merge import merge
from bench.source import image_source
from tests.made.documents import ROOT
from tests.made.program import OFFLINE, PATIENCE_S
from tests.made.runs import made_run

TOOLS = Path(sys.executable).parent
SOURCE = ("bench", "images", "requirements", "compose.yaml", ".env", "pyproject.toml", "setup.py", "MANIFEST.in")
BESIDE = ("README.md", "LICENSE", "docker-bake.hcl", "Makefile")


def run(*command: str | Path, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with none of this clone's modules in sight."""
    hidden = ("BENCH_", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**environment, **settings},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, and the wheel out of that."""
    source = tmp_path_factory.mktemp("source")
    for name in (*SOURCE, *BESIDE):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    built = run(TOOLS / "uv", "build", "--quiet", "--out-dir", source / "dist", folder=source)
    assert built.returncode == 0, built.stderr
    return source / "dist"


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, with what it needs, into an empty environment; return its folder of programs."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder)
    (wheel,) = dist.glob("*.whl")
    done = run(TOOLS / "uv", "pip", "install", "--quiet", "--python", folder, wheel, folder=dist)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty home folder beside somebody's runs."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("before", "after"):
        merge(made_run(folder / "runs" / "runs", name, repetitions=3))
    return folder


def typed(installed: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(installed / "bench", *words, folder=home, HOME=str(home), **OFFLINE)


def test_what_is_built_is_as_packages_have_to_be(dist: Path) -> None:
    wheel, source = *dist.glob("*.whl"), *dist.glob("*.tar.gz")
    for tool in (["twine", "check", "--strict", wheel, source], ["check-wheel-contents", wheel]):
        done = run(TOOLS / str(tool[0]), *tool[1:], folder=dist)
        assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(source) as archive:
        assert f"pi_dnn_bench-{__version__}/images/Dockerfile" in archive.getnames()


@pytest.mark.parametrize(
    "command",
    [
        "--version",
        "--help",
        "doctor",
        "list --json",
        "recommend before --results runs",
        "report before --results runs",
        "compare before after --results runs",
        "claims before --results runs",
        "verify before --results runs",
        "merge before --results runs",
        "status before --results runs",
        "import --help",
    ],
)
def test_every_command_works_on_anyone_s_runs(installed: Path, home: Path, command: str) -> None:
    done = typed(installed, home, *command.split())
    assert done.returncode in ({0, 1} if command == "doctor" else {0}), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout


def test_it_knows_its_version_and_which_images_are_its_own(installed: Path, home: Path) -> None:
    assert typed(installed, home, "-V").stdout == f"bench {__version__}\n"
    told = run(installed / "python", "-m", "bench.source", folder=home)
    assert told.stdout.strip() == image_source()


def test_bench_up_measures_outside_a_clone(installed: Path, home: Path) -> None:
    words = (
        "up --embedded --frameworks opencv --models squeezenet --profile smoke --board simulated:pi4 --ignore-doctor"
    )
    done = run(installed / "bench", *words.split(), folder=home, HOME=str(home))
    assert done.returncode == 0, done.stdout + done.stderr
    (results,) = home.glob("results/runs/*/results.json")
    (row,) = json.loads(results.read_text())["rows"]
    assert (row["framework"], row["status"]) == ("opencv", "ok")
    assert (home / ".cache" / "pi-dnn-bench" / ".venvs" / "opencv").is_dir()
