"""The reproduction without containers: each framework that PyPI has in a virtual environment of its own."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

from rich.console import Console

from bench.board.identity import docker_platform
from bench.bootstrap import ROOT, SetUpError, ensure
from bench.catalog import Framework, find_framework
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

SAMPLER_PATIENCE_S = 10


def embedded_up(settings: Settings, asked_for: list[str], console: Console) -> int:
    """Prepare, measure those frameworks turn and turn about beside a sampler, merge, report; return the exit code.

    A framework that can't be installed is unavailable, one that can't be run is not measured, and the others go on.
    """
    pythons = {name: _python(find_framework(name)) for name in asked_for}
    folder = prepare_and_open(settings.results, settings.plan, settings.inputs, console)
    environment = {**os.environ, **settings.environment(), "BENCH_RUN": folder.run_id, "PYTHONPATH": str(ROOT)}
    try:
        with sampler(environment):
            for name, python in pythons.items():
                if isinstance(python, SetUpError):
                    give_up(folder, find_framework(name), str(python), console)
            refused: set[str] = set()
            for number, name in turns(folder, asked_for):
                python = pythons[name]
                if isinstance(python, SetUpError) or name in refused:
                    continue
                command = ["run", name, "--round", str(number), "--await-sampler", str(SAMPLER_PATIENCE_S)]
                if number > 1:
                    environment["BENCH_FORCE"] = ""  # the first round has begun anew
                code = run_foreground([str(python), "-m", "bench.cli", *command], environment, Path.cwd())
                if code in (Exit.USAGE, Exit.INTERNAL):
                    refused.add(name)
                    title = find_framework(name).title
                    console.print(f"{title} was not measured: see above; the others go on.", highlight=False)
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


def _python(framework: Framework) -> Path | SetUpError:
    """Return the interpreter that has the framework, or why it can't be installed.

    Where there can be none on this platform it is this one, which finds the framework unavailable.
    """
    if not framework.embeds(docker_platform()):
        return Path(sys.executable)
    try:
        # OpenCV preprocesses for every framework.
        locks = [ROOT / "images" / name / "requirements.lock" for name in dict.fromkeys(["opencv", framework.name])]
        return ensure(framework.name, *locks)
    except SetUpError as error:
        return error
