"""The commands that measure: prepare, run, sample, up.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import os
from typing import Annotated

import typer

from bench.cli.app import app, console
from bench.cli.options import (
    DEFAULT_RESULTS,
    AccuracyOption,
    AmbientOption,
    BoardOption,
    CoolingOption,
    ForceOption,
    ImagesOption,
    MeterOption,
    ModelsOption,
    PeriodOption,
    PowerSupplyOption,
    ProfileOption,
    ResultsOption,
    RunOption,
    SourceOption,
    ThreadsOption,
    WeightsOption,
    conditions_of,
)
from bench.runs.outcome import Exit, exit_code


@app.command()
def prepare(
    models: ModelsOption = [],  # noqa: B006  (typer copies it)
    weights: WeightsOption = None,
    images: ImagesOption = None,
    source: SourceOption = "",
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Fetch, verify and convert weights; resize the images."""
    from bench.catalog import find_models, find_source
    from bench.prepare.command import prepare_all

    prepare_all(find_models(models), weights, images, results / "prepared", console, find_source(source))


@app.command()
def run(
    framework: Annotated[str, typer.Argument(envvar="BENCH_FRAMEWORK", help="The framework to measure.")],
    models: ModelsOption = [],  # noqa: B006
    profile: ProfileOption = "",
    accuracy_images: AccuracyOption = None,
    threads: ThreadsOption = 0,
    run: RunOption = "",
    source: SourceOption = "",
    force: ForceOption = False,
    board: BoardOption = "",
    ambient: AmbientOption = None,
    power_supply: PowerSupplyOption = "",
    cooling: CoolingOption = "",
    timeout: Annotated[
        float, typer.Option("--timeout", envvar="BENCH_TIMEOUT", min=1, help="Seconds of silence that end a process.")
    ] = 300,
    await_sampler: Annotated[
        float, typer.Option(envvar="BENCH_AWAIT_SAMPLER", min=0, help="Seconds to wait for a sampler to begin.")
    ] = 0,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", envvar="BENCH_EXIT_ZERO", help="Exit 0 once the records are written.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Measure one framework."""
    from bench.board.simulated.board import identify_board
    from bench.catalog import find_framework, find_source
    from bench.measure.campaign import Campaign
    from bench.measure.campaign import await_sampler as wait_for_sampler
    from bench.measure.plan import make_plan
    from bench.records.store import exclusive
    from bench.report.terminal.progress import ProgressReporter
    from bench.runs.open import announce, lock_path, open_run

    chosen = find_framework(framework)
    find_source(source, chosen.name)
    runs = results / "runs"
    busy = "another benchmark runs on this board; two at once would measure each other: wait until it has ended"
    plan = make_plan(results, models, profile, accuracy_images, threads, run, source)
    with exclusive(lock_path(runs), busy):
        conditions = conditions_of(ambient, power_supply, cooling)
        folder = open_run(runs, plan, run, identify_board(board), conditions)
        announce(folder)
        reporter = ProgressReporter(console, chosen.name)
        reporter.say(f"{chosen.title}: run {folder.run_id}, profile {plan.profile.name}, {plan.threads} threads")
        wait_for_sampler(folder, await_sampler, reporter)
        statuses = Campaign(folder, chosen, results / "prepared", timeout, reporter).run(plan.models, force)
    raise typer.Exit(Exit.OK if exit_zero else exit_code(statuses))


@app.command()
def sample(
    meter: MeterOption = "auto",
    period: PeriodOption = 0.1,
    models: ModelsOption = [],  # noqa: B006
    profile: ProfileOption = "",
    accuracy_images: AccuracyOption = None,
    threads: ThreadsOption = 0,
    run: RunOption = "",
    source: SourceOption = "",
    board: BoardOption = "",
    ambient: AmbientOption = None,
    power_supply: PowerSupplyOption = "",
    cooling: CoolingOption = "",
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, beside whichever run is being measured, until Ctrl-C.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Record power, temperature and clock beside a run, until the run is ended (or Ctrl-C)."""
    from bench.board.simulated.board import identify_board
    from bench.measure.plan import make_plan
    from bench.power.sampling.follow import BUSY
    from bench.power.sampling.follow import follow as follow_runs
    from bench.power.sampling.process import SamplerJob
    from bench.records.files import is_held
    from bench.records.store import exclusive
    from bench.runs.open import lock_path, open_run, sampler_lock_path

    def say(sentence: str) -> None:
        console.print(sentence, highlight=False, markup=False)

    runs = results / "runs"
    if is_held(sampler_lock_path(runs)):
        say("A sampler runs already on this board: this one leaves the sampling to it.")
        return
    if follow:
        follow_runs(runs, meter, period, board, say)
        return
    plan = make_plan(results, models, profile, accuracy_images, threads, run, source)
    with exclusive(sampler_lock_path(runs), BUSY) as lock:
        conditions = conditions_of(ambient, power_supply, cooling)
        folder = open_run(runs, plan, run, identify_board(board), conditions)
        say(f"Sampling power with meter '{meter}' every {period:g} s beside run {folder.run_id}.")
        os.set_inheritable(lock, True)  # the sampler that this process becomes holds it on
        SamplerJob(folder.path, lock_path(runs), meter, period, board, folder.board_root(folder.read_run())).become()


@app.command()
def up(
    weights: WeightsOption = None,
    images: ImagesOption = None,
    models: ModelsOption = [],  # noqa: B006
    profile: ProfileOption = "",
    accuracy_images: AccuracyOption = None,
    threads: ThreadsOption = 0,
    meter: MeterOption = "auto",
    run: RunOption = "",
    force: ForceOption = False,
    board: BoardOption = "",
    ambient: AmbientOption = None,
    power_supply: PowerSupplyOption = "",
    cooling: CoolingOption = "",
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Without containers, even if an engine answers.")
    ] = False,
    period: PeriodOption = 0.1,
    ignore_doctor: Annotated[
        bool, typer.Option("--ignore-doctor", help="Measure even if 'bench doctor' says that it would be a waste.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Do the whole reproduction: through Docker Compose where an engine answers, else embedded."""
    from bench.launch import launch
    from bench.launch.settings import Settings

    conditions = conditions_of(ambient, power_supply, cooling)
    settings = Settings(
        weights,
        images,
        models,
        profile,
        accuracy_images,
        threads,
        meter,
        run,
        force,
        results,
        board,
        conditions,
        period,
    )
    raise typer.Exit(launch(settings, embedded, ignore_doctor, console))
