"""The commands that help to decide: claims.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from bench.cli.app import app
from bench.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption
from bench.results.schema import Record

GivenArgument = Annotated[
    str,
    typer.Argument(envvar="BENCH_RUN", help="A run's name, or a results.json or results.csv; default: the latest run."),
]


@app.command()
def claims(run: GivenArgument = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Judge the paper's findings on a run: confirmed, refuted, or can't tell."""
    from bench.catalog.paper import paper
    from bench.report.claims import judge
    from bench.report.deciding import claims_table
    from bench.report.table import wide_console
    from bench.results.given import read_given

    given = read_given(results / "runs", run)
    judgements = judge(paper(), given.rows, given.emulated)
    if as_json:
        print_json(judgements)
    else:
        wide_console().print(claims_table(judgements, f"Run {given.name}", paper().title))


def print_json(records: Sequence[Record]) -> None:
    """Print records as a JSON list."""
    typer.echo(json.dumps([record.model_dump() for record in records], indent=1))
