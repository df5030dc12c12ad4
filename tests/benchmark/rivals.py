"""Our images against what one would otherwise install, and against the roofline of OpenBLAS's sgemm."""

import os
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.board.identity import docker_platform
from bench.bootstrap import ROOT
from bench.catalog import frameworks
from bench.catalog.suites import find_suite
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.cost import facts
from bench.prepare.network.graph import read_graph

from containers import run_in
from turns import Bare, speed_ratio

PAIRS, TURNS, TURN_S, SGEMM_S = 6, 6, 0.5, 1

RIVALS = {"wheel": "PyPI's wheel, default settings", "debian": "Debian's package, default settings"}
"""What the targets of rivals.Dockerfile are, which the catalog names."""

OURS, RIVAL = "ours", "rival"

COLUMNS = ["framework", "model", "images/s", "rival", "ratio", "GMAC/s", "of sgemm"]

HEADER = f"""# Our images against what one would otherwise install

Inference alone, batch 1, all cores: images per second of our image through our adapter, and the ratio to a bare loop in
the rival's with its 95 % interval, both in containers that ran turn and turn about, {TURNS} turns of {TURN_S} s each,
and that {PAIRS} times over with new containers, for no two processes are equally fast. The last columns compare the
multiply-adds per second with those of OpenBLAS's sgemm on the same cores, in the same containers, right after.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


def rows(results: Path) -> Iterator[list[str]]:
    """Measure every cell, or those of $FRAMEWORK, and yield its row of the table."""
    wanted = os.environ.get("FRAMEWORK")
    for framework in frameworks().values():
        if docker_platform() not in framework.platforms or framework.name != (wanted or framework.name):
            continue
        image = _build(framework.name, framework.rival)
        title = RIVALS[framework.rival] if framework.rival else "none"
        for name in (model.name for model in find_suite().models()):
            yield [framework.name, name, *_measure(framework.name, name, image, title, results)]


def _measure(framework: str, name: str, rival_image: str | None, title: str, results: Path) -> list[str]:
    image = f"pi-dnn-bench/{framework}:latest"
    model = PreparedModel(results / "prepared" / name)
    folder = f"/results/prepared/{name}"
    subprocess.run([*run_in(image, results), "-m", "bench.frameworks.conversion", framework, folder], check=True)
    converted = next((results / "cache" / name).glob(f"{framework}-*"), results)
    job = {
        "framework": framework,
        "model": folder,
        "converted": f"/results/{converted.relative_to(results)}",
        "pixels": None,
        "adapter": False,
    }
    sides = {OURS: (image, {**job, "threads": os.cpu_count(), "adapter": True})}
    if rival_image:
        sides[RIVAL] = rival_image, {**job, "threads": None}
    pairs, peaks = [], []
    for _ in range(PAIRS):
        bares = {side: Bare([*run_in(tag, results), "/benchmark/bare.py"], own) for side, (tag, own) in sides.items()}
        sides = dict(reversed(sides.items()))  # each starts first every other time
        times = _turn_about(bares)
        pairs.append((times[OURS], times.get(RIVAL, [])))
        # Last: its threads, and what it leaves in the caches, slow the next turn down.
        peaks.append(bares[OURS].sgemm(SGEMM_S))
        for bare in bares.values():
            bare.close()
    own = [time for times, _ in pairs for time in times]
    fps, peak = len(own) / sum(own) * 1e9, statistics.median(peaks)
    rate = fps * facts(read_graph(model.graph_json)).multiply_adds
    ratio = str(speed_ratio(pairs)) if rival_image else ""
    return [f"{fps:.2f}", title, ratio, f"{rate / 1e9:.1f}", f"{rate / peak:.0%}"]


def _turn_about(bares: dict[str, Bare]) -> dict[str, list[int]]:
    """Return the times per image of each; each goes first every other time, for what went before may weigh on it."""
    times: dict[str, list[int]] = {side: [] for side in bares}
    for turn in range(TURNS):
        for side in bares if turn % 2 else reversed(bares):
            times[side] += bares[side].images(TURN_S)
    return times


def _build(framework: str, rival: str | None) -> str | None:
    """Build our image and the rival's; return the latter's tag, None without a rival."""
    subprocess.run(["docker", "compose", "build", framework], cwd=ROOT, check=True, capture_output=True)
    if rival is None:
        return None
    secret = os.environ.get("SSL_CERT_FILE")
    secrets = [f"--secret=id=ca,src={secret}"] if secret else []
    tag = f"bench-rival:{framework}"
    file = str(Path(__file__).with_name("rivals.Dockerfile"))
    build = ["docker", "buildx", "build", "--load", f"--file={file}", f"--target={rival}", f"--tag={tag}"]
    build.append(f"--build-arg=FRAMEWORK={framework}")
    subprocess.run([*build, *secrets, str(ROOT / "images")], cwd=ROOT, check=True, capture_output=True)
    return tag
