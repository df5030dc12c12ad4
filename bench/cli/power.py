"""The command that brings an external meter's log into a run: import.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import shlex
from pathlib import Path
from typing import Annotated, Optional

import typer

from bench.cli.app import MEASURE, app, console, errors
from bench.cli.options import DEFAULT_RESULTS, ResultsOption
from bench.errors import UserError

_BOUNDARIES = ("usb-input", "wall")


@app.command(name="import", rich_help_panel=MEASURE)
def import_(
    log: Annotated[Path, typer.Argument(help="The meter's log: a text file with a header line.")],
    run: Annotated[
        str, typer.Argument(envvar="BENCH_RUN", help="A run's name, its beginning, or path; default: the latest.")
    ] = "",
    time: Annotated[
        str, typer.Option("--time-column", help="Dates or seconds; NAME:ms, :us and :ns for other numbers.")
    ] = "timestamp",
    power: Annotated[str, typer.Option("--power-column", help="NAME in watts, or NAME:mW.")] = "",
    voltage: Annotated[str, typer.Option("--voltage-column", help="NAME in volts, or NAME:mV.")] = "",
    current: Annotated[str, typer.Option("--current-column", help="NAME in amperes, or NAME:mA.")] = "",
    time_zone: Annotated[str, typer.Option("--time-zone", help="Of dates without one, such as Europe/Berlin.")] = "",
    offset: Annotated[
        Optional[float],
        typer.Option(
            "--offset", help="Seconds that the meter's clock is ahead of this computer's; by default found by the load."
        ),
    ] = None,
    boundary: Annotated[str, typer.Option("--boundary", help="What the meter sees: usb-input or wall.")] = "usb-input",
    uncertainty: Annotated[
        Optional[float],
        typer.Option("--uncertainty", min=0, max=1, help="Relative, as its maker states it: 0.01 for 1 %."),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Bring an external meter's log into a run that was measured; 'bench merge' then has its power."""
    from bench.power.external.align import MIN_FIT
    from bench.power.external.imported import import_log
    from bench.power.external.log import LogColumns
    from bench.runs.find import find_run

    if boundary not in _BOUNDARIES:
        raise UserError(f"--boundary '{boundary}': a meter's log is of one of {', '.join(_BOUNDARIES)}")
    folder = find_run(results / "runs", run)
    columns = LogColumns(time, power, voltage, current)
    record = import_log(folder, log, columns, time_zone, offset, boundary, uncertainty)  # type: ignore[arg-type]
    fit = record.details.get("offset_fit", 1.0)
    if fit < MIN_FIT:
        errors.print(
            f"! at that offset the run's load hardly shows in {log.name} (correlation {fit:.2f}): the meter's clock "
            "was set meanwhile, or the offset or a column is wrong",
            highlight=False,
            markup=False,
        )
    again = " --report" if (folder.path / "report.html").exists() else ""
    console.print(
        f"{record.samples} samples of {log.name} are in run {folder.run_id}, {record.invalid} were refused; "
        f"the meter's clock was {record.details['offset_s']:+.2f} s ahead ({record.details['offset']}). "
        f"Now 'bench merge {shlex.quote(folder.run_id)}{again}'.",
        highlight=False,
        markup=False,
    )
