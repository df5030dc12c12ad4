"""The reproduction without containers: each framework that PyPI has in a virtual environment of its own."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.board.identity import docker_platform
from bench.bootstrap import SetUpError, ensure, import_path, is_set_up
from bench.catalog import Framework, find_framework
from bench.launch.forecast import Provision
from bench.launch.process import run_foreground, sampler
from bench.launch.rounds import turns
from bench.launch.settings import Settings
from bench.measure.campaign import Campaign
from bench.measure.preparing import prepare_and_open
from bench.report.terminal.progress import ProgressReporter
from bench.report.terminal.results import merge_and_print
from bench.runs.folder import RunFolder
from bench.runs.locks import alone
from bench.runs.outcome import Exit
from bench.source import ROOT

SAMPLER_PATIENCE_S = 10

DISK_PER_MB = 5
"""A framework's environment takes about so much more of the disk than its image compressed: OpenCV's 285 MB."""


def embedded_up(settings: Settings, asked_for: list[str], console: Console) -> int:
    """Prepare, measure those frameworks turn and turn about beside a sampler, merge, report; return the exit code.

    A framework that can't be installed is unavailable, one that can't be run is not measured, and the others go on.
    Where each has one turn it is installed as late as that, and its rows are shown before the next one is; else all are
    installed before the first is measured, for installing heats a board.
    """
    folder = prepare_and_open(settings.results, settings.plan, settings.inputs, console)
    environment = {**os.environ, **settings.environment(), "BENCH_RUN": folder.run_id, "PYTHONPATH": str(import_path())}
    one_turn = folder.read_run().plan.profile.repetitions_max == 1
    pythons: dict[str, Path | None] = {}
    try:
        if not one_turn:
            pythons = {name: _python(folder, name, console) for name in asked_for}
        with sampler(environment):
            for number, name in turns(folder, asked_for):
                if name not in pythons:
                    pythons[name] = _python(folder, name, console)
                python = pythons[name]
                if python is None:
                    continue
                command = ["run", name, "--round", str(number), "--await-sampler", str(SAMPLER_PATIENCE_S)]
                if number > 1:
                    environment["BENCH_FORCE"] = ""  # the first round has begun anew
                code = run_foreground([str(python), "-m", "bench.cli", *command], environment, Path.cwd())
                if code in (Exit.USAGE, Exit.INTERNAL):
                    pythons[name] = None
                    title = find_framework(name).title
                    console.print(f"{title} was not measured: see above; the others go on.", highlight=False)
                elif one_turn and name != asked_for[-1]:
                    # In a process of its own, which takes its memory along.
                    run_foreground([sys.executable, "-m", "bench.cli", "merge", folder.run_id], environment, Path.cwd())
    except (KeyboardInterrupt, SystemExit):
        console.print("Stopped; the same command goes on from here.")
    return merge_and_print(folder, console, end=True, report_to=settings.results)


def give_up(folder: RunFolder, framework: Framework, why: str, console: Console) -> None:
    """Write into a run that a framework can't be had here, and say it."""
    reporter = ProgressReporter(console, framework.name)
    reporter.say(f"{framework.title} is unavailable: {why}. The others go on.")
    with alone(folder.path.parent):
        models = folder.read_run().plan.models
        Campaign(folder, framework, Path(), math.inf, reporter).give_up(models, why)


def embedded_provisions(asked_for: Sequence[str]) -> list[Provision]:
    """Say of each framework where it comes from without a container."""
    found = []
    for framework in map(find_framework, asked_for):
        if not framework.embeds(docker_platform()):
            found.append(Provision(framework.name, f"unavailable ({framework.unavailable})"))
        elif is_set_up(framework.name, *locks(framework)):
            found.append(Provision(framework.name, "installed"))
        else:
            found.append(Provision(framework.name, "installed from PyPI", DISK_PER_MB * framework.budget_mb))
    return found


def _python(folder: RunFolder, name: str, console: Console) -> Path | None:
    """Return the interpreter that has the framework, made if need be; None if it can't be, which the run then says."""
    framework = find_framework(name)
    if not framework.embeds(docker_platform()):
        give_up(folder, framework, framework.unavailable or "there is none for this platform", console)
        return None
    try:
        return ensure(name, *locks(framework))
    except SetUpError as error:
        give_up(folder, framework, str(error), console)
        return None


def locks(framework: Framework) -> list[Path]:
    """Return what a framework's environment is made of."""
    # OpenCV preprocesses for every framework.
    return [ROOT / "images" / name / "requirements.lock" for name in dict.fromkeys(["opencv", framework.name])]
