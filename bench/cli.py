"""The command line: one command per verb, parsing and printing only.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from rich.console import Console

from bench import __version__
from bench.errors import UserError
from bench.results.outcome import Exit, exit_code

app = typer.Typer(
    name="bench",
    help="Which DNN framework and model, at what speed, accuracy and watts, on this board?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

console = Console(soft_wrap=True)


ResultsOption = Annotated[
    Path, typer.Option("--results", envvar="BENCH_RESULTS", help="Folder of prepared models and of all runs.")
]
RunOption = Annotated[
    str,
    typer.Option(
        "--run", envvar="BENCH_RUN", help="The run's name; by default an unfinished one with the same plan goes on."
    ),
]
ModelsOption = Annotated[
    list[str],
    typer.Option(
        "--models",
        envvar="BENCH_ONLY_MODELS",
        help="Models by name or prefix, joined by commas or repeated; none means all.",
    ),
]
ProfileOption = Annotated[
    str, typer.Option("--profile", envvar="BENCH_PROFILE", help="smoke, quick, paper (the default) or full.")
]
AccuracyOption = Annotated[
    Optional[int],
    typer.Option(
        "--accuracy-images", min=1, envvar="BENCH_ACCURACY_IMAGES", help="Classify a seeded subset of this size."
    ),
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=0, envvar="BENCH_THREADS", help="CPU threads; 0: all cores.")
]
MeterOption = Annotated[
    str, typer.Option("--meter", envvar="BENCH_METER", help="auto, or a meter's name; see 'bench list'.")
]
WeightsOption = Annotated[
    Optional[Path],
    typer.Option("--weights", envvar="BENCH_MODELS", help="Folder with weights and graphs; default: download them."),
]
ImagesOption = Annotated[
    Optional[Path],
    typer.Option("--images", envvar="BENCH_IMAGES", help="Folder of (labelled) images; default: generated ones."),
]
DEFAULT_RESULTS = Path("results")


@app.command()
def prepare(
    models: ModelsOption = [],  # noqa: B006  (typer copies it)
    weights: WeightsOption = None,
    images: ImagesOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Fetch, verify and convert weights; resize the images."""
    from bench.catalog import find_models
    from bench.prepare.all import prepare_all

    prepare_all(find_models(models), weights, images, results / "prepared", console)


@app.command()
def run(
    framework: Annotated[str, typer.Argument(envvar="BENCH_FRAMEWORK", help="The framework to measure.")],
    models: ModelsOption = [],  # noqa: B006
    profile: ProfileOption = "",
    accuracy_images: AccuracyOption = None,
    threads: ThreadsOption = 0,
    run: RunOption = "",
    force: Annotated[bool, typer.Option("--force", envvar="BENCH_FORCE", help="Measure again what is done.")] = False,
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
    from bench.catalog import find_framework
    from bench.measure.campaign import Campaign
    from bench.measure.campaign import await_sampler as wait_for_sampler
    from bench.measure.plan import make_plan
    from bench.report.progress import ProgressReporter
    from bench.results.runs import lock_path, open_run
    from bench.results.store import exclusive

    chosen = find_framework(framework)
    runs = results / "runs"
    busy = "another benchmark runs on this board; two at once would measure each other: wait until it has ended"
    plan = make_plan(results, models, profile, accuracy_images, threads, run)
    with exclusive(lock_path(runs), busy):
        folder = open_run(runs, plan, run)
        reporter = ProgressReporter(console, chosen.name)
        reporter.say(f"{chosen.title}: run {folder.run_id}, profile {plan.profile.name}, {plan.threads} threads")
        wait_for_sampler(folder, await_sampler, reporter)
        statuses = Campaign(folder, chosen, results / "prepared", timeout, reporter).run(plan.models, force)
    raise typer.Exit(Exit.OK if exit_zero else exit_code(statuses))


@app.command()
def sample(
    meter: MeterOption = "auto",
    period: Annotated[float, typer.Option(envvar="BENCH_PERIOD", min=0.001, help="Seconds between samples.")] = 0.1,
    models: ModelsOption = [],  # noqa: B006
    profile: ProfileOption = "",
    accuracy_images: AccuracyOption = None,
    threads: ThreadsOption = 0,
    run: RunOption = "",
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Record power, temperature and clock beside a run, until the run is ended (or Ctrl-C)."""
    from bench.measure.plan import make_plan
    from bench.power.beside import sample_beside
    from bench.results.runs import open_run

    plan = make_plan(results, models, profile, accuracy_images, threads, run)
    folder = open_run(results / "runs", plan, run)
    console.print(
        f"Sampling power with meter '{meter}' every {period:g} s beside run {folder.run_id}.", highlight=False
    )
    record = sample_beside(folder, meter, period)
    console.print(f"{record.samples} samples from meter '{record.meter}', {record.missed} missed.", highlight=False)


@app.command()
def merge(
    run: Annotated[str, typer.Argument(envvar="BENCH_RUN", help="The run's name; default: the latest.")] = "",
    end: Annotated[bool, typer.Option("--end", help="Also mark the run as ended; its sampler then stops.")] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Turn a run's records into results.csv, results.json and the table."""
    from bench.report.table import merge_and_print
    from bench.results.runs import end_run, find_run

    folder = find_run(results / "runs", run)
    if end:
        end_run(folder)
    raise typer.Exit(merge_and_print(folder, console))


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
    force: Annotated[bool, typer.Option("--force", envvar="BENCH_FORCE", help="Measure again what is done.")] = False,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Without containers, even if an engine answers.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Do the whole reproduction: through Docker Compose where an engine answers, else embedded."""
    from bench.launch import launch
    from bench.launch.settings import Settings

    settings = Settings(weights, images, models, profile, accuracy_images, threads, meter, run, force, results)
    raise typer.Exit(launch(settings, embedded, console))


@app.command(name="list")
def list_(
    build_info: Annotated[
        bool, typer.Option("--build-info", help="What the framework installed here reports of itself, as JSON.")
    ] = False,
    framework: Annotated[str, typer.Option("--framework", envvar="BENCH_FRAMEWORK", help="For --build-info.")] = "",
) -> None:
    """List frameworks, models, profiles and meters."""
    if build_info:
        from bench.catalog import find_framework
        from bench.frameworks import adapter

        chosen = find_framework(framework)
        try:
            info: dict[str, Any] = adapter(chosen.name).build_info()
        except ImportError as error:
            raise UserError(f"{chosen.title} is not installed here ({error}); run this in its container") from None
        typer.echo(json.dumps(info, indent=1))
        return
    from bench.report.listing import catalog_listing

    console.print(catalog_listing(), soft_wrap=False)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"bench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that come before a command."""


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    # As process 1 of a container it would ignore the signal, else.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except UserError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(Exit.USAGE)


if __name__ == "__main__":
    main()
