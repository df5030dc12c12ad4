"""A page never shows what is not so any more without a word, and leaves no other page's files behind."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bench.cli.app import app
from bench.report.page.stale import stale_notes
from bench.report.run import gather
from bench.report.terminal.results import merge_and_print
from bench.report.write import write_report
from tests.made.runs import made_cells, made_run

TWO = made_cells()[:2]


def figures(folder: Path) -> set[str]:
    return {file.stem for file in (folder / "figures").iterdir()}


def test_a_merge_that_changes_a_run_names_each_page_that_shows_it_as_it_was(tmp_path: Path) -> None:
    one, other = (made_run(tmp_path / "runs", name, TWO) for name in ("one", "other"))
    write_report([gather(one)], tmp_path, one.path)
    write_report([gather(one), gather(other)], tmp_path, tmp_path / "report")
    assert stale_notes(one) == stale_notes(other) == []
    (one.path / "samples.csv").unlink()
    (one.path / "sampler.json").unlink()
    written = io.StringIO()
    merge_and_print(one, Console(file=written, width=500), end=False)
    assert "report.html shows what was merged before; 'bench report one' makes it again." in written.getvalue()
    assert "report.html shows what was merged before; 'bench report one other' makes it again." in written.getvalue()
    assert stale_notes(other) == []
    written = io.StringIO()
    merge_and_print(one, Console(file=written, width=500), end=False, report_to=tmp_path)
    assert "'bench report one' makes" not in written.getvalue()


def test_opening_a_stale_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made_run(tmp_path / "runs", cells=TWO)
    write_report([gather(run)], tmp_path, run.path)
    run.results_json.write_text(run.results_json.read_text() + "\n")
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    done = CliRunner().invoke(app, ["open", "--results", str(tmp_path)])
    assert done.exit_code == 0
    assert "shows what was merged before" in done.output


def test_a_report_takes_away_the_figures_of_the_page_that_was_there_and_nothing_else(tmp_path: Path) -> None:
    runs = [
        gather(made_run(tmp_path / "runs", name, TWO, board=board))
        for name, board in (("a", "Raspberry Pi 4 Model B"), ("b", "Raspberry Pi 5 Model B"))
    ]
    folder = tmp_path / "report"
    write_report(runs, tmp_path, folder)
    assert "boards-throughput" in figures(folder)
    (folder / "figures" / "mine.png").touch()
    write_report(runs[:1], tmp_path, folder)
    assert "figure-2-throughput" in figures(folder) and "mine" in figures(folder)
    assert not any(name.startswith("boards-") for name in figures(folder))
    write_report(runs, tmp_path, folder)
    assert not any(name.startswith("figure-") for name in figures(folder))
