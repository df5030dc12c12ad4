"""The page's choice under limits is that of `bench recommend` under the same ones."""

from __future__ import annotations

import json
import shlex
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from typer.testing import CliRunner

from bench.cli.app import app
from bench.report.run import gather
from bench.report.write import write_report
from bench.runs.folder import RunFolder
from tests.made.browser import Watched
from tests.made.quantised import quantised
from tests.made.runs import made_cells, made_run, with_cell

LIMITS = {"throughput": ["", "7", "14", "100"], "power": ["", "4.7"], "top1": ["", "60", "69.5"], "memory": ["", "225"]}


def recommended(command: str, results: Path) -> dict[str, object]:
    """Return what a command that the page shows answers."""
    program, *arguments = shlex.split(command)
    assert program == "bench"
    done = CliRunner().invoke(app, [*arguments, "--json", "--results", str(results)])
    assert done.exit_code in (0, 1), done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def ranked(found: dict[str, object]) -> list[str]:
    """Return the first five choices as the page begins its lines."""
    rankings = found["rankings"]
    assert isinstance(rankings, list)
    choices = rankings[0]["choices"][:5] if rankings else []
    return [f"{choice['rank']}{'=' if choice['tied'] else '.'}" for choice in choices]


def made(folder: Path, kind: str) -> RunFolder:
    cells = made_cells()
    if kind == "noisy":  # ties
        for number, cell in enumerate(made_cells()):
            rates = tuple(cell.fps * (1 + 0.08 * ((number + turn) % 3 - 1)) for turn in range(3))
            cells = with_cell(cells, cell.framework, cell.model, rates=rates)
        cells = with_cell(cells, "caffe", "nin", status="failed", error="x")
    options: dict[str, object] = {
        "simulated": {"boundary": "simulated"},
        "no meter": {"boundary": None},
        "no labels": {"predictions": 0},
    }.get(kind, {})
    run = made_run(folder / "runs", cells=cells, repetitions=3, **options)  # type: ignore[arg-type]
    return quantised(run, "opencv") if kind == "int8" else run


@pytest.mark.parametrize("kind", ["measured", "noisy", "simulated", "no meter", "no labels", "int8"])
def test_under_every_limit_the_page_says_what_recommend_says(browser: Browser, tmp_path: Path, kind: str) -> None:
    run = made(tmp_path, kind)
    watched = Watched(browser, write_report([gather(run)], tmp_path, run.path))
    sentences = set()
    assert watched.page.inner_text(".sentence") == recommended(f"bench recommend {run.run_id}", tmp_path)["answer"]
    for bounds in product(*LIMITS.values()):
        for name, bound in zip(LIMITS, bounds):
            watched.page.fill(f"input[data-quantity={name}]", bound)
        watched.page.dispatch_event("#limits", "input")
        found = recommended(watched.page.inner_text(".command code"), tmp_path)
        assert watched.page.inner_text(".sentence") == found["answer"], bounds
        if any(bounds):
            lines = watched.page.locator(".ranking li").all_inner_texts()
            if not str(found["answer"]).endswith("ranks by speed alone."):
                assert [line.split()[0] for line in lines] == ranked(found), bounds
        sentences.add(str(found["answer"]))
    assert len(sentences) > 5
    watched.page.click("#limits button")
    watched.wait_until("document.querySelector('.ranking').children.length === 0")
    assert watched.complaints == []
    watched.page.close()


def test_a_board_that_costs_too_much_is_out(browser: Browser, tmp_path: Path) -> None:
    runs = [made_run(tmp_path / "runs", f"r{number}", board=f"Raspberry Pi {number} Model B") for number in (4, 5)]
    watched = Watched(browser, write_report([gather(run) for run in runs], tmp_path, tmp_path / "report"))
    watched.page.click("#limits summary")
    watched.page.fill("input[data-board=r4]", "60")
    watched.page.fill("input[data-board=r5]", "90")
    watched.page.fill("input[name=ceiling]", "70")
    first, second = watched.page.locator(".sentence").all_inner_texts()
    assert first.startswith("On the Pi 4B use ")
    assert second == "Not the Pi 5B: its price is 90, at most 70 asked for."
    watched.page.close()
