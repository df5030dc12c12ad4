"""`bench report`: everything that people read of one run or several, written into one folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.records.files import write_atomic
from bench.report.answers import answers
from bench.report.exports import write_exports
from bench.report.figures import cells as charts
from bench.report.figures.boards import board_charts, time_charts
from bench.report.figures.chart import Chart
from bench.report.figures.latencies import latency_distribution
from bench.report.figures.published import Reference, read_derived, read_references
from bench.report.figures.sustained import sustained_charts
from bench.report.figures.timeline import timeline
from bench.report.figures.tradeoffs import against_energy, against_throughput
from bench.report.figures.with_matplotlib import draw
from bench.report.page.page import page
from bench.report.page.provenance import (
    FactTable,
    circumstances,
    circumstances_of_all,
    models_table,
    weights_table,
)
from bench.report.run import Gathered, gather
from bench.runs.folder import RunFolder


def write_report(runs: Sequence[Gathered], results: Path, folder: Path, more: Sequence[FactTable] = ()) -> Path:
    """Write the page, the figures and the tables of one run or several; return the page's path.

    Parameters
    ----------
    runs
        Merged.
    results : Path
        The results folder, whose `prepared` tells where weights came from and whose `reference` what others published.
    folder : Path
        Where to write to.
    more
        Tables before those that every report has.

    Raises
    ------
    UserError
        If something can't be written, or the published references can't be read.
    """
    if len(runs) == 1:
        reference = results / "reference"
        published = read_references(reference / "published.csv") + read_derived(reference / "mlperf_pi4.csv")
        drawn = run_charts(runs[0], published)
    else:
        drawn = [*board_charts(runs), *time_charts(runs)]
    for chart in drawn:
        draw(chart, folder / "figures")
    told = answers([gathered.results for gathered in runs])
    write_exports([row for gathered in runs for row in gathered.rows], folder, told)
    models = dict.fromkeys(name for gathered in runs for name in gathered.results.plan.models)
    measured_on = circumstances(runs[0]) if len(runs) == 1 else circumstances_of_all(runs)
    tables = [*more, models_table(models), weights_table(runs, results / "prepared"), measured_on]
    path = folder / "report.html"
    write_atomic(path, page(runs, drawn, tables).encode())
    return path


def report_run(folder: RunFolder, results: Path) -> Path:
    """Merge one run and write its report into its own folder; raises UserError like `gather` and `write_report`."""
    return write_report([gather(folder)], results, folder.path)


def run_charts(gathered: Gathered, references: list[Reference]) -> list[Chart]:
    """Return the figures of one run, in the order in which they are read."""
    return [
        charts.accuracy(gathered),
        charts.throughput(gathered, references),
        charts.power(gathered),
        charts.energy(gathered, references),
        charts.merit(gathered),
        against_throughput(gathered),
        against_energy(gathered),
        latency_distribution(gathered),
        timeline(gathered),
        charts.phases(gathered),
        charts.memory(gathered),
        *sustained_charts(gathered),
    ]
