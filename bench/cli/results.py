"""The commands that turn records into what people read: merge, status, verify.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

from typing import Annotated

import typer

from bench.cli.app import app, console
from bench.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption

RunArgument = Annotated[str, typer.Argument(envvar="BENCH_RUN", help="The run's name; default: the latest.")]


@app.command()
def merge(
    run: RunArgument = "",
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
