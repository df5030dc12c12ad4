"""The commands that tell what is here: list, doctor.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import json
from typing import Annotated, Any

import typer

from bench.cli.app import app, console
from bench.cli.options import DEFAULT_RESULTS, BoardOption, MeterOption, PeriodOption, ResultsOption
from bench.errors import UserError
from bench.runs.outcome import Exit


@app.command(name="list")
def list_(
    what: Annotated[str, typer.Argument(help="'meters': those alone, and which of them can be used here.")] = "",
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
    from bench.report.terminal.catalog import catalog_listing, meter_listing

    if what not in ("", "meters"):
        raise UserError(f"there is no list of '{what}'; write 'bench list' or 'bench list meters'")
    console.print(meter_listing() if what else catalog_listing(), soft_wrap=False)


@app.command()
def doctor(
    meter: MeterOption = "auto",
    period: PeriodOption = 0.1,
    board: BoardOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
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
