"""The commands that turn records into what people read: merge, report, open, status, verify.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import shlex
from pathlib import Path
from typing import Annotated, Optional

import typer

from bench.cli.app import READ, app, console
from bench.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption
from bench.errors import UserError
from bench.output import say
from bench.runs.outcome import Exit

RunArgument = Annotated[
    str, typer.Argument(envvar="BENCH_RUN", help="A run's name, its beginning, or path; default: the latest.")
]


@app.command(rich_help_panel=READ)
def merge(
    run: RunArgument = "",
    end: Annotated[bool, typer.Option("--end", help="Also mark the run as ended; its sampler then stops.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Also write the report, as 'bench report' does.")] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Turn a run's records into results.csv, results.json and the table."""
    from bench.report.terminal.results import merge_and_print
    from bench.runs.find import find_run
    from bench.runs.locks import is_measured

    folder = find_run(results / "runs", run)
    if end and is_measured(folder):
        raise UserError(f"run {folder.run_id} is being measured: wait until that has ended, or leave --end out")
    raise typer.Exit(merge_and_print(folder, console, end, results if report else None))


@app.command(rich_help_panel=READ)
def report(
    runs: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="[RUN]...", help="Runs, by name, its beginning, or path; default: the latest."),
    ] = None,
    to: Annotated[
        Optional[Path],
        typer.Option("--to", help="Folder to write into; default: the run's own, for several runs results/report."),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Merge runs and write what people read: report.html, figures, and the table for papers and other programs."""
    from bench.report.page.stale import SEVERAL
    from bench.report.run import gather
    from bench.report.write import write_report
    from bench.runs.find import find_run

    folders = [find_run(results / "runs", run) for run in dict.fromkeys(runs or [""])]
    folder = to or (folders[0].path if len(folders) == 1 else results / SEVERAL)
    page = write_report([gather(found) for found in folders], results, folder)
    say(console, str(page), "dim")


@app.command("open", rich_help_panel=READ)
def open_(run: RunArgument = "", results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Open a run's page in a browser."""
    import webbrowser

    from bench.report.page.stale import stale_notes
    from bench.runs.find import find_run

    folder = find_run(results / "runs", run)
    page = folder.path / "report.html"
    if not page.exists():
        raise UserError(f"run {folder.run_id} has no page yet; 'bench report {shlex.quote(folder.run_id)}' writes it")
    for note in stale_notes(folder):
        typer.echo(note, err=True)
    if not webbrowser.open(page.resolve().as_uri()):
        raise UserError(f"there is no browser here; copy {page} to a computer that has one: it needs nothing else")
    say(console, str(page), "dim")


@app.command(rich_help_panel=READ)
def status(run: RunArgument = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Tell how far a run is, also while it goes on: what is done, running and left, and how long that takes."""
    from bench.board.clocks import now
    from bench.report.terminal.status import status_table
    from bench.runs.find import find_run
    from bench.runs.locks import is_measured, measured_cell
    from bench.runs.status import run_status

    folder = find_run(results / "runs", run)
    found = run_status(folder, is_measured(folder), now(), measured_cell(folder.path.parent))
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        console.print(status_table(found), soft_wrap=False)


@app.command(rich_help_panel=READ)
def verify(run: RunArgument = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Check a run's files: readable, in their places, and results.csv what they give. Exit code 1 if not."""
    from bench.results.verify import verify as check
    from bench.runs.find import find_run

    found = check(find_run(results / "runs", run))
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        faults = f"{len(found.problems)} faults" if len(found.problems) > 1 else "one fault"
        typer.echo(f"Run {found.run_id}: {found.files} files checked, {faults if found.problems else 'no fault'}.")
        for problem in found.problems:
            typer.echo(f"- {problem}")
    raise typer.Exit(Exit.SOME_FAILED if found.problems else Exit.OK)
