"""The commands that measure: prepare, run, classify, sample, up.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import os
import platform
from functools import partial
from importlib.util import find_spec
from typing import Annotated, Optional

import typer

from bench.catalog.settings import InputSettings, MeasureSettings, MeterSettings, PlaceSettings, PlanSettings
from bench.cli.app import MEASURE, app, console
from bench.cli.options import RunOption, StepOption, with_settings
from bench.errors import UserError
from bench.output import say
from bench.runs.outcome import Exit, exit_code


@app.command(rich_help_panel=MEASURE)
@with_settings
def prepare(
    plan: PlanSettings,
    inputs: InputSettings,
    place: PlaceSettings,
    step: StepOption = "",
) -> None:
    """Fetch, verify and convert weights, resize the images, and open the run that measures them."""
    from bench.measure.preparing import prepare_and_open

    prepare_and_open(place.results, plan, inputs, console, step)


@app.command(rich_help_panel=MEASURE)
@with_settings
def run(
    framework: Annotated[str, typer.Argument(envvar="BENCH_FRAMEWORK", help="The framework to measure.")],
    plan: PlanSettings,
    measuring: MeasureSettings,
    place: PlaceSettings,
    await_sampler: Annotated[
        float,
        typer.Option(envvar="BENCH_AWAIT_SAMPLER", min=0, max=86400, help="Seconds to wait for a sampler to begin."),
    ] = 0,
    only_round: Annotated[
        int, typer.Option("--round", min=0, help="Make that repetition only, where frameworks take turns; 0: all.")
    ] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Measure the run's first cell once more: how far has the board drifted?")
    ] = False,
    step: StepOption = "",
) -> None:
    """Measure one framework into the run that is open.

    Where none is open, or an option says otherwise than its plan, a run of its own is opened.
    """
    from bench.catalog import find_framework
    from bench.measure.await_sampler import await_sampler as wait_for_sampler
    from bench.measure.campaign import Campaign
    from bench.measure.opening import left_out, open_for, summary
    from bench.report.terminal.progress import ProgressReporter
    from bench.runs.locks import alone, announce

    chosen = find_framework(framework)
    results = place.results
    reporter = ProgressReporter(console, chosen.name)
    with alone(results / "runs"):
        why = left_out(results, chosen, plan, bool(step))
        if why:
            reporter.say(f"{why}: nothing to do.")
            return
        folder, models = open_for(results, chosen.name, plan, reporter.say)
        announce(folder)
        reporter.say(f"{chosen.title}: run {folder.run_id}, {summary(folder.read_run().plan, models)}")
        wait_for_sampler(folder, await_sampler, reporter)
        campaign = Campaign(folder, chosen, results / "prepared", measuring.timeout, reporter, measuring.openblas_core)
        statuses = [campaign.again()] if again else campaign.run(models, measuring.force, only_round)
    raise typer.Exit(Exit.OK if step else exit_code(statuses))


@app.command(rich_help_panel=MEASURE)
@with_settings
def classify(
    framework: Annotated[str, typer.Argument(envvar="BENCH_FRAMEWORK", help="The framework to classify with.")],
    plan: PlanSettings,
    measuring: MeasureSettings,
    place: PlaceSettings,
    shard: Annotated[
        str, typer.Option("--shard", help="I/N: the Ith of N equal shares of the labelled images.")
    ] = "1/1",
    machine: Annotated[
        str, typer.Option("--machine", envvar="BENCH_MACHINE", help="For the record; default: this computer's name.")
    ] = "",
) -> None:
    """Classify one share of the labelled images, and measure nothing: many machines do that together.

    What was classified before is not classified again. A framework that is not installed where this is typed is taken
    from its container, else from PyPI.
    """
    from bench.catalog import find_framework
    from bench.frameworks import is_installed
    from bench.measure.opening import open_for
    from bench.measure.plan import intend
    from bench.measure.sharing import Sharing
    from bench.report.terminal.progress import ProgressReporter
    from bench.runs.locks import alone, announce
    from bench.runs.shards import parse_share

    chosen, share, name = find_framework(framework), parse_share(shard), machine or platform.node()
    if find_spec("docker") and not is_installed(chosen.name):  # a container, a framework's environment lack the former
        from bench.launch.classify import classify_elsewhere
        from bench.launch.settings import Settings

        settings = Settings(plan, measuring=measuring, place=place)
        raise typer.Exit(classify_elsewhere(settings, chosen, str(share), name))
    reporter = ProgressReporter(console, chosen.name)
    with alone(place.results / "runs"):
        folder, models = open_for(place.results, chosen.name, plan, reporter.say)
        announce(folder)
        reporter.say(f"{chosen.title}: run {folder.run_id}, shard {share} of {', '.join(models)}")
        sharing = Sharing(folder, chosen, share, place.results / "prepared", name, measuring, reporter)
        statuses = sharing.run(models, intend(plan).precisions if plan.precision else ())
    raise typer.Exit(exit_code(statuses))


@app.command(rich_help_panel=MEASURE)
@with_settings
def sample(
    meter: MeterSettings,
    place: PlaceSettings,
    run: RunOption = "",
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, beside whichever run is being measured, until Ctrl-C.")
    ] = False,
    metrics: Annotated[
        Optional[int],
        typer.Option("--metrics", min=1, max=65535, help="Stay likewise, and serve OpenMetrics at this port."),
    ] = None,
) -> None:
    """Record power, temperature and clock beside the run that is open, until it is ended (or Ctrl-C)."""
    from bench.power.sampling.follow import BUSY
    from bench.power.sampling.follow import follow as follow_runs
    from bench.power.sampling.process import SamplerJob
    from bench.records.files import is_held
    from bench.records.store import exclusive
    from bench.runs.current import current_run
    from bench.runs.find import find_run
    from bench.runs.locks import sampler_lock_path

    tell, runs = partial(say, console), place.results / "runs"
    if is_held(sampler_lock_path(runs)):
        if metrics:
            raise UserError(f"--metrics {metrics}: {BUSY}")
        tell("A sampler runs already on this board: this one leaves the sampling to it.")
        return
    if metrics:
        from bench.power.sampling.metrics import serving

        with serving(runs, metrics):
            tell(f"Metrics: http://localhost:{metrics}/metrics")
            follow_runs(runs, meter.meter, meter.period, tell)
        return
    if follow:
        follow_runs(runs, meter.meter, meter.period, tell)
        return
    folder = find_run(runs, run) if run else current_run(runs)
    if folder is None:
        raise UserError(
            f"no run is open in {runs} to sample beside: 'bench prepare' opens one, and with --follow a sampler waits"
        )
    with exclusive(sampler_lock_path(runs), BUSY) as lock:
        tell(f"Sampling power with meter '{meter.meter}' every {meter.period:g} s beside run {folder.run_id}.")
        os.set_inheritable(lock, True)  # the sampler that this process becomes holds it on
        SamplerJob.beside(folder, meter.meter, meter.period).become()


@app.command("up", rich_help_panel=MEASURE)
@with_settings
def up(
    plan: PlanSettings,
    inputs: InputSettings,
    meter: MeterSettings,
    measuring: MeasureSettings,
    place: PlaceSettings,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Without containers, even if an engine answers.")
    ] = False,
    ignore_doctor: Annotated[
        bool, typer.Option("--ignore-doctor", help="Measure even if 'bench doctor' says that it would be a waste.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be measured, how long, and from where; change nothing.")
    ] = False,
    on: Annotated[
        str, typer.Option("--on", help="pi@HOST: measure that board; images are built here, and the report is here.")
    ] = "",
) -> None:
    """Do the whole reproduction: through Docker Compose where an engine answers, else embedded."""
    from bench.launch.command import launch
    from bench.launch.settings import Settings

    settings = Settings(plan, inputs, meter, measuring, place)
    if on:
        from bench.launch.remote import up_on

        if dry_run:
            raise UserError("--dry-run changes nothing, and --on brings the program to a board first: leave one out")
        flags = {"--embedded": embedded, "--ignore-doctor": ignore_doctor}
        raise typer.Exit(up_on(on, settings, [flag for flag, wanted in flags.items() if wanted], console))
    raise typer.Exit(launch(settings, embedded, ignore_doctor, console, dry_run))
