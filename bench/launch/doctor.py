"""`bench doctor`: every check, of the board, of the meter, and of the engine that would run the containers."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.board.checks import other_load
from bench.board.simulated.board import SimulatedBoard, parse_spec
from bench.catalog.memory import Needs
from bench.launch.process import ask
from bench.names import printable
from bench.power.sampling.meter_checks import check_board_and_meter
from bench.records.findings import Finding

ENGINE_TRIED = (26, 1)
COMPOSE_TRIED = (2, 26)
"""The oldest versions that this was seen working with."""

INSTALL = "curl -fsSL https://get.docker.com | sudo sh"
"""Docker's own script, which brings Compose too."""

_WITHOUT = "only the frameworks that PyPI has are measured"


def examine(results: Path, meter: str, period_s: float, needs: Needs, board: str = "") -> list[Finding]:
    """Make every check, for cells that need so much memory; of a simulated board on one just begun."""
    spec = parse_spec(board)
    if spec is None:
        findings = check_board_and_meter(results, meter, period_s, needs)
    else:
        with TemporaryDirectory() as folder:
            simulated = SimulatedBoard(Path(folder) / "board", spec)
            findings = check_board_and_meter(results, meter, period_s, needs, simulated)
    load = other_load()
    return [*findings, *([load] if load else []), *check_engine()]


def check_engine() -> list[Finding]:
    """Look for an engine and for Compose; nothing to look for within a container."""
    if Path("/.dockerenv").exists() and shutil.which("docker") is None:
        return []
    version, complaint = ask(["docker", "version", "--format", "{{.Server.Version}}"])
    other = _other_program(complaint)
    if other:
        found = f"'docker' is {other} here, which was not tried: {_WITHOUT}"
        return [Finding(check="engine", level="warn", found=found)]
    if not version:
        return [judge_engine(version, complaint)]
    return [judge_engine(version), judge_compose(ask(["docker", "compose", "version", "--short"])[0])]


def _other_program(complaint: str) -> str:
    """Return which program answers by the name of `docker`, by what it calls itself; empty if it is Docker's own."""
    name, *rest = ask(["docker", "--version"])[0].split(maxsplit=1) or [""]
    if "podman" in f"{complaint} {name}".lower():
        return "Podman"
    return printable(name) if rest and rest[0].startswith("version") and name != "Docker" else ""


def judge_engine(version: str, complaint: str = "") -> Finding:
    """Judge the engine's version, empty where none answers, with what `docker` complained of."""
    if version:
        return _judge("engine", "Docker", version, ENGINE_TRIED)
    if "permission denied" in complaint:
        found, fix = "you may not use the Docker engine", "sudo usermod -aG docker $USER, then log in again"
    else:
        found, fix = "no Docker engine answers", INSTALL
    return Finding(check="engine", level="warn", found=f"{found}: {_WITHOUT}", fix=fix)


def judge_compose(version: str) -> Finding:
    """Judge the version of Compose, empty where the engine has none."""
    if version:
        return _judge("compose", "Compose", version, COMPOSE_TRIED)
    return Finding(check="compose", level="warn", found=f"Docker has no Compose: {_WITHOUT}", fix=INSTALL)


def _judge(check: str, title: str, version: str, tried: tuple[int, int]) -> Finding:
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers >= tried:
        return Finding(check=check, level="ok", found=f"{title} {version}")
    oldest = ".".join(map(str, tried))
    found = f"{title} {version}; {oldest} is the oldest that this was seen working with"
    return Finding(check=check, level="warn", found=found, fix=INSTALL)
