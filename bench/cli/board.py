"""The commands that tell what is here: list, doctor, clean.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import json
import sys
from typing import Annotated, Any

import typer

from bench.cli.app import SET_UP, app, console
from bench.cli.options import DEFAULT_RESULTS, BoardOption, JsonOption, MeterOption, PeriodOption, ResultsOption
from bench.errors import UserError
from bench.runs.outcome import Exit


@app.command(name="list", rich_help_panel=SET_UP)
def list_(
    what: Annotated[str, typer.Argument(help="One of them alone, as in bench list meters.")] = "",
    as_json: JsonOption = False,
    build_info: Annotated[
        bool, typer.Option("--build-info", help="What the framework installed here reports of itself, as JSON.")
    ] = False,
    framework: Annotated[str, typer.Option("--framework", envvar="BENCH_FRAMEWORK", help="For --build-info.")] = "",
) -> None:
    """List suites, frameworks, models, sources, profiles and meters."""
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
    from bench.report.terminal.catalog import LISTS, catalog_listing, listed

    if what and what not in LISTS:
        raise UserError(f"there is no list of '{what}'; there are: {', '.join(LISTS)}")
    if as_json:
        entries = {name: make() for name, make in LISTS.items() if what in ("", name)}
        typer.echo(json.dumps(entries[what] if what else entries, indent=1))
    else:
        console.print(listed(what) if what else catalog_listing(), soft_wrap=False)


@app.command(rich_help_panel=SET_UP)
def doctor(
    meter: MeterOption = "auto",
    period: PeriodOption = 0.1,
    board: BoardOption = "",
    as_json: JsonOption = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Tell what of this set-up would spoil a measurement, and how to fix it; exit code 1 if a run would be wasted."""
    from bench.catalog.memory import peaks
    from bench.launch.doctor import examine
    from bench.report.terminal.findings import findings_text

    findings = examine(results, meter, period, peaks(), board)
    if as_json:
        typer.echo(json.dumps([finding.model_dump() for finding in findings], indent=1))
    else:
        console.print(findings_text(findings), highlight=False)
    failed = any(finding.level == "fail" for finding in findings)
    raise typer.Exit(Exit.SOME_FAILED if failed else Exit.OK)


def is_terminal() -> bool:
    """Tell whether somebody is there who can be asked."""
    return sys.stdin.isatty()


@app.command(rich_help_panel=SET_UP)
def clean(as_json: JsonOption = False, results: ResultsOption = DEFAULT_RESULTS) -> None:
    """Tell what takes how much of the disk and can be made again; ask of each whether it goes. Runs always stay."""
    from bench.launch.leftovers import leftovers
    from bench.runs.locks import require_quiet

    found = leftovers(results)
    if as_json:
        fields = ("what", "where", "again", "size_mb")
        typer.echo(json.dumps([{name: getattr(one, name) for name in fields} for one in found], indent=1))
        return
    for one in found:
        typer.echo(f"{one.size_mb:8,.0f} MB  {one.what}  {one.where}")
    typer.echo(f"{sum(one.size_mb for one in found):8,.0f} MB in all, what images share counted for each of them")
    if not found or not is_terminal():
        return
    require_quiet(results / "runs")
    for one in found:
        if typer.confirm(f"Remove {one.what} ({one.size_mb:,.0f} MB)? '{one.again}' makes it again"):
            try:
                one.remove()
            except UserError as error:
                typer.echo(f"It stays, or some of it: {error}")
