"""`bench report`: everything that people read of one run or several, written into one folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.records.files import write_atomic
from bench.report.answers import answers
from bench.report.exports import write_exports
from bench.report.figures.boards import board_charts
from bench.report.figures.of_run import run_charts
from bench.report.figures.over_time import time_charts
from bench.report.figures.published import read_derived, read_references
from bench.report.figures.with_matplotlib import draw
from bench.report.page.page import page
from bench.report.page.provenance import (
    FactTable,
    circumstances,
    circumstances_of_all,
    models_table,
    weights_table,
)
from bench.report.page.sections import sections
from bench.report.page.stale import former_figures, shown_results
from bench.report.run import Gathered, gather, newest_of
from bench.runs.folder import RunFolder


def write_report(runs: Sequence[Gathered], results: Path, folder: Path, more: Sequence[FactTable] = ()) -> Path:
    """Write the page, the figures and the tables of one run or several; return the page's path.

    Figures of the page that was there before, and are not drawn any more, are removed.

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
    path = folder / "report.html"
    newest = newest_of(runs)
    if len(runs) == 1:
        reference = results / "reference"
        published = read_references(reference / "published.csv") + read_derived(reference / "mlperf_pi4.csv")
        drawn, missing = run_charts(runs[0], published)
    else:
        drawn, missing = [*board_charts(newest), *time_charts(runs)], []
    images = {chart.name: draw(chart, folder / "figures") for chart in drawn}
    write_exports([row for gathered in runs for row in gathered.rows], folder, answers(newest))
    models = dict.fromkeys(name for gathered in runs for name in gathered.results.plan.models)
    measured_on = circumstances(runs[0]) if len(runs) == 1 else circumstances_of_all(runs)
    tables = [*more, *sections(runs), models_table(models), weights_table(runs, results / "prepared"), measured_on]
    shown = shown_results([gathered.folder for gathered in runs])
    former = former_figures(path)
    write_atomic(path, page(runs, drawn, tables, images, missing, shown).encode())
    for name in former - images.keys():
        for suffix in ("svg", "png"):
            (folder / "figures" / f"{name}.{suffix}").unlink(missing_ok=True)
    return path


def report_run(folder: RunFolder, results: Path) -> Path:
    """Merge one run and write its report into its own folder; raises UserError like `gather` and `write_report`."""
    return write_report([gather(folder)], results, folder.path)
