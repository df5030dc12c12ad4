"""What the harness costs: `alternate.py` in every framework's image, as rows of a table."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.board.identity import docker_platform
from bench.bootstrap import ROOT
from bench.catalog import frameworks

from containers import run_in

SECONDS = 60
"""How long each cell's worker and bare loop measure together."""

HEADER = f"""# What the harness costs

Throughput that `bench run` measures, divided by that of a bare loop with the same framework, model, threads and
images, with the 95 % interval: both run turn and turn about for {SECONDS} s, and the images of all turns count.
Memory is what supervisor and worker take beyond the framework's own need for the same model.

| framework | model | images/s | ratio | turns | framework MiB | harness MiB |
|---|---|---|---|---|---|---|
"""


def rows(results: Path, engine: bool) -> Iterator[list[str]]:
    """Measure every cell and yield its row of the table; without an engine, OpenCV's wheel in this environment."""
    here = [name for name, framework in frameworks().items() if docker_platform() in framework.platforms]
    for framework in here if engine else ["opencv"]:
        if engine:
            subprocess.run(["docker", "compose", "build", framework], cwd=ROOT, check=True, capture_output=True)
            command = [*run_in(f"pi-dnn-bench/{framework}:latest", results), "/benchmark/alternate.py"]
            prepared = Path("/results/prepared")
        else:
            command = [sys.executable, str(Path(__file__).with_name("alternate.py"))]
            prepared = results / "prepared"
        arguments = [framework, str(prepared), str(SECONDS)]
        with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("{"):
                    yield _row(json.loads(line))
        if process.returncode != 0:
            raise SystemExit(f"benchmark: {framework} failed with code {process.returncode}")


def _row(found: dict[str, object]) -> list[str]:
    numbers = [f"{found[name]:.0f}" for name in ("framework_mib", "added_mib")]
    named = [str(found[name]) for name in ("framework", "model")]
    return [*named, f"{found['images_per_s']:.2f}", str(found["ratio"]), str(found["turns"]), *numbers]
