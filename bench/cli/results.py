"""The commands that turn records into what people read: merge, status, verify.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

from typing import Annotated

import typer

from bench.cli.app import app, console
from bench.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption
from bench.results.outcome import Exit

RunArgument = Annotated[str, typer.Argument(envvar="BENCH_RUN", help="The run's name; default: the latest.")]


@app.command()
def merge(
    run: RunArgument = "",
    end: Annotated[bool, typer.Option("--end", help="Also mark the run as ended; its sampler then stops.")] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Turn a run's records into results.csv, results.json and the table."""
    from bench.report.table import merge_and_print
    from bench.results.runs import find_run

    raise typer.Exit(merge_and_print(find_run(results / "runs", run), console, end))


@app.command()
def status(run: RunArgument = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Tell how far a run is, also while it goes on: what is done, running and left, and how long that takes."""
    from bench.board.clocks import now
    from bench.report.checking import status_table
    from bench.report.status import run_status
    from bench.results.runs import find_run, is_measured

    folder = find_run(results / "runs", run)
    found = run_status(folder, is_measured(folder), now())
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        console.print(status_table(found), soft_wrap=False)


@app.command()
def verify(run: RunArgument = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Check a run's files: readable, in their places, and results.csv what they give. Exit code 1 if not."""
    from bench.results.runs import find_run
    from bench.results.verify import verify as check

    found = check(find_run(results / "runs", run))
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        faults = f"{len(found.problems)} faults" if len(found.problems) > 1 else "one fault"
        typer.echo(f"Run {found.run_id}: {found.files} files checked, {faults if found.problems else 'no fault'}.")
        for problem in found.problems:
            typer.echo(f"- {problem}")
    raise typer.Exit(Exit.SOME_FAILED if found.problems else Exit.OK)
