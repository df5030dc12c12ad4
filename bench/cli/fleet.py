"""The commands for many boards, through Slurm: fleet run, accuracy, status, collect, report, doctor.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

from typing import Annotated

import typer

from bench.catalog.settings import InputSettings, MeasureSettings, MeterSettings, PlaceSettings, PlanSettings
from bench.cli.app import MEASURE, app, console
from bench.cli.options import DEFAULT_RESULTS, JsonOption, MeterOption, ResultsOption, RunOption, with_settings
from bench.output import say
from bench.runs.outcome import Exit

fleet = typer.Typer(
    help="Many boards, through Slurm: a job for each, accuracy by all of them, one report.", no_args_is_help=True
)
app.add_typer(fleet, name="fleet", rich_help_panel=MEASURE)

BoardsOption = Annotated[
    str, typer.Option("--boards", help="Which boards, as Slurm writes several: pi-[1-3],pi-7; default: all.")
]


@fleet.command()
@with_settings
def run(
    plan: PlanSettings,
    inputs: InputSettings,
    meter: MeterSettings,
    measuring: MeasureSettings,
    place: PlaceSettings,
    boards: BoardsOption = "",
) -> None:
    """Submit one job for each board, which has it alone and runs 'bench up' with these options."""
    from bench.launch.fleet.submit import submit_runs
    from bench.launch.settings import Settings

    submit_runs(Settings(plan, inputs, meter, measuring, place), boards, console)


@fleet.command()
@with_settings
def accuracy(
    plan: PlanSettings,
    place: PlaceSettings,
    shards: Annotated[int, typer.Option("--shards", help="Of how many equal shares of the images.")] = 64,
) -> None:
    """Submit an array of jobs for each cell: its shards, each on any machine, and only those that are missing."""
    from bench.launch.fleet.submit import submit_shards

    submit_shards(plan, place.results, shards, console)


@fleet.command()
def status(run: RunOption = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Tell what waits and runs, and what is not here yet."""
    from bench.cli.app import errors
    from bench.launch.fleet.record import FleetFolder
    from bench.launch.fleet.slurm import Slurm
    from bench.launch.fleet.status import fleet_status, status_lines

    found = fleet_status(FleetFolder(results, run), Slurm(errors if as_json else console))
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        for line in status_lines(found):
            say(console, line)


@fleet.command()
def collect(run: RunOption = "", boards: BoardsOption = "", results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Bring runs and shards here, by Slurm's own connection, checked; exit code 1 if something is not here yet."""
    from bench.launch.fleet.collect import collect
    from bench.launch.fleet.record import FleetFolder

    whole = collect(FleetFolder(results, run), results, boards, console)
    raise typer.Exit(Exit.OK if whole else Exit.SOME_FAILED)


@fleet.command()
def report(run: RunOption = "", results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Write one report of all boards, with the accuracy that all machines found together."""
    from bench.launch.fleet.record import FleetFolder
    from bench.launch.fleet.report import report

    page = report(FleetFolder(results, run), results, console)
    say(console, str(page), "dim")


@fleet.command()
def doctor(boards: BoardsOption = "", meter: MeterOption = "auto", results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Ask every board whether it is fit to measure as one of many; exit code 1 if a run there would be wasted."""
    from bench.launch.fleet.doctor import examine
    from bench.launch.fleet.slurm import Slurm
    from bench.report.terminal.findings import findings_text

    findings = list(examine(Slurm(console), boards, results, meter))
    console.print(findings_text(findings), highlight=False)
    raise typer.Exit(Exit.SOME_FAILED if any(one.level == "fail" for one in findings) else Exit.OK)
