"""The commands that help to decide: compare, recommend, claims.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from bench.cli.app import DECIDE, app, console, errors
from bench.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption
from bench.errors import UserError
from bench.records.schema import Record, Variant
from bench.runs.outcome import Exit

if TYPE_CHECKING:
    from bench.results.load import LoadedResults

GivenArgument = Annotated[
    str,
    typer.Argument(
        envvar="BENCH_RUN",
        help="A run's name, its beginning, or path, or a results.json or results.csv; default: the latest run.",
    ),
]


@app.command(rich_help_panel=DECIDE)
def compare(
    first: Annotated[
        str, typer.Argument(help="A run's name, its beginning, or path, or a results.json or results.csv.")
    ],
    second: Annotated[str, typer.Argument(help="The other one; its ratios to the first are shown.")],
    fail_if: Annotated[
        str, typer.Option("--fail-if", help="slower=5%: exit code 1 if a cell is slower by more, or broken.")
    ] = "",
    against: Annotated[
        str, typer.Option("--against", help="Another run of the first: what the two differ by is no difference.")
    ] = "",
    as_json: JsonOption = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Compare two results cell by cell: faster, slower, or can't tell."""
    from bench.decide import compare as comparison
    from bench.decide.wishes import slower_than
    from bench.report.terminal.results import wide_console
    from bench.report.terminal.verdicts import comparison_table
    from bench.results.load import load_results, paired

    share = slower_than(fail_if) if fail_if else None
    one, other = (load_results(results / "runs", name) for name in (first, second))
    caution(one, other)
    floor = comparison.floor_of(one.rows, load_results(results / "runs", against).rows) if against else 0.0
    if floor is None:
        raise UserError(f"'{against}' has no cell in common with '{first}'; give another run of the same cells")
    cells = comparison.compare(one.rows, other.rows, paired(other, one), floor)
    if as_json:
        print_json(cells)
    else:
        wide = wide_console()
        wide.print(comparison_table(cells, one.title, other.title, wide.width, floor))
    blind = comparison.untold(cells)
    if share is not None and blind:
        typer.echo(f"{len(blind)} cells have no interval, so that --fail-if can't tell of them", err=True)
    failing = comparison.slower_by(cells, share) if share is not None else []
    for cell in failing:
        why = "broken" if cell.broken else f"slower by {1 - cell.ratios['throughput'].ratio:.1%}"
        typer.echo(f"{cell.framework} {Variant(cell.model, cell.precision).name}: {why}", err=True)
    raise typer.Exit(Exit.SOME_FAILED if failing else Exit.OK)


@app.command(rich_help_panel=DECIDE)
def recommend(
    runs: Annotated[
        Optional[list[str]],
        typer.Argument(
            envvar="BENCH_RUN",
            metavar="[RUN]...",
            help="Runs, by name, its beginning, or path, or results.json or results.csv; default: the latest run.",
        ),
    ] = None,
    min_fps: Annotated[Optional[float], typer.Option("--min-fps", help="At least these images per second.")] = None,
    max_watts: Annotated[Optional[float], typer.Option("--max-watts", help="At most this mean power.")] = None,
    max_joules: Annotated[Optional[float], typer.Option("--max-joules", help="At most this energy per image.")] = None,
    min_top1: Annotated[str, typer.Option("--min-top1", help="At least this accuracy: 60% or 0.6.")] = "",
    max_memory: Annotated[Optional[float], typer.Option("--max-memory", help="At most this memory in MiB.")] = None,
    max_p95: Annotated[Optional[float], typer.Option("--max-p95", help="At most these ms for 95 % of images.")] = None,
    precision: Annotated[
        Optional[list[str]], typer.Option("--precision", help="Only what computes in these: fp32, fp16, int8.")
    ] = None,
    goal: Annotated[
        str, typer.Option("--goal", help="What to rank by, or several with weights: top1=2,throughput=1.")
    ] = "merit",
    as_json: JsonOption = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Say what to use, for each run: what keeps the limits, ranked by a goal. Exit code 1 if nothing does."""
    from bench.catalog import find_precisions
    from bench.decide.answer import answer
    from bench.decide.recommend import recommend
    from bench.decide.wishes import goal_of, limits_of
    from bench.report.terminal.results import wide_console
    from bench.report.terminal.verdicts import recommendation_table
    from bench.results.load import load_results, paired

    wanted = find_precisions(precision or [])
    limits = limits_of(min_fps, max_watts, max_joules, min_top1, max_memory, max_p95)
    chosen = goal_of(goal)
    asked = [load_results(results / "runs", run).of(wanted) for run in dict.fromkeys(runs or [""])]
    caution(*asked)
    found = [recommend(each.rows, limits, chosen, each.emulated, paired(each, each)) for each in asked]
    told = [
        answer(each.rows, limits, chosen, each.emulated, precise=bool(wanted), pairs=paired(each, each))
        for each in asked
    ]
    if as_json:
        answers = [{"answer": sentence, **one.model_dump()} for sentence, one in zip(told, found)]
        several = [{"run": each.name, **one} for each, one in zip(asked, answers)]
        typer.echo(json.dumps(several if len(asked) > 1 else answers[0], indent=1))
    else:
        for each, sentence, one in zip(asked, told, found):
            where = f"{each.title}: " if len(asked) > 1 else ""
            console.print(where + sentence, style="bold", highlight=False, markup=False, soft_wrap=False)
            wide_console().print(recommendation_table(one, f"{each.title} · ranked by {goal}"))
    raise typer.Exit(Exit.OK if any(one.rankings for one in found) else Exit.SOME_FAILED)


@app.command(rich_help_panel=DECIDE)
def claims(run: GivenArgument = "", as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Judge the paper's findings on a run: confirmed, refuted, or can't tell."""
    from bench.catalog.paper import paper
    from bench.decide.claims import judge
    from bench.report.terminal.results import wide_console
    from bench.report.terminal.verdicts import claims_table
    from bench.results.load import load_results, paired

    loaded = load_results(results / "runs", run)
    caution(loaded)
    judgements = judge(paper(), loaded.rows, loaded.emulated, paired(loaded, loaded))
    if as_json:
        print_json(judgements)
    else:
        wide_console().print(claims_table(judgements, loaded.title, paper().title))


def caution(*results: "LoadedResults") -> None:
    """Say what keeps numbers from saying something about a board, beside the answer and not within it."""
    told = [f"! {loaded.name}: {note}" for loaded in results for note in loaded.cautions]
    for sentence in dict.fromkeys(told):
        errors.print(sentence, highlight=False, markup=False)


def print_json(records: Sequence[Record]) -> None:
    """Print records as a JSON list."""
    typer.echo(json.dumps([record.model_dump() for record in records], indent=1))
