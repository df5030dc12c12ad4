"""The reproduction without containers: each framework that PyPI has in a virtual environment of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bench.board.identity import docker_platform
from bench.board.simulated.board import identify_board
from bench.bootstrap import ROOT, SetUpError, ensure
from bench.catalog import Framework, find_models, frameworks
from bench.errors import UserError
from bench.launch.process import run_foreground, sampler
from bench.launch.settings import Settings
from bench.measure.plan import make_plan
from bench.prepare.command import prepare_all
from bench.report.terminal.results import merge_and_print
from bench.runs.open import open_run

SAMPLER_PATIENCE_S = 10


def embedded_up(settings: Settings, console: Console) -> int:
    """Prepare, measure every framework in turn beside a sampler, merge, report; return the exit code."""
    prepare_all(find_models(settings.models), settings.weights, settings.images, settings.results / "prepared", console)
    plan = make_plan(
        settings.results, settings.models, settings.profile, settings.accuracy_images, settings.threads, settings.run
    )
    folder = open_run(
        settings.results / "runs", plan, settings.run, identify_board(settings.board), settings.conditions
    )
    environment = {**os.environ, **settings.environment(), "BENCH_RUN": folder.run_id, "PYTHONPATH": str(ROOT)}
    environment["BENCH_PROFILE"] = environment["BENCH_ACCURACY_IMAGES"] = ""  # the run has them now
    try:
        with sampler(environment):
            for framework in frameworks().values():
                command = ["run", framework.name, "--await-sampler", str(SAMPLER_PATIENCE_S)]
                code = run_foreground([str(_python(framework)), "-m", "bench.cli", *command], environment, Path.cwd())
                if code == 2:
                    raise UserError(f"{framework.title} was not measured: see above")
    except KeyboardInterrupt:
        console.print("Stopped; the same command goes on from here.")
    code = merge_and_print(folder, console, end=True)
    from bench.report.write import report_run  # not sooner: matplotlib would take the measurement's memory

    console.print(f"[dim]{escape(str(report_run(folder, settings.results)))}[/dim]")
    return code


def _python(framework: Framework) -> Path:
    """Return the interpreter that has the framework; where there can be none, this one, which finds it unavailable."""
    if not framework.embeds(docker_platform()):
        return Path(sys.executable)
    try:
        # OpenCV preprocesses for every framework.
        locks = [ROOT / "images" / name / "requirements.lock" for name in dict.fromkeys(["opencv", framework.name])]
        return ensure(framework.name, *locks)
    except SetUpError as error:
        raise UserError(str(error)) from error
