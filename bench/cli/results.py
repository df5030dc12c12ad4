"""The commands that turn records into what people read: merge.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

from typing import Annotated

import typer

from bench.cli.app import app, console
from bench.cli.options import DEFAULT_RESULTS, ResultsOption


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
