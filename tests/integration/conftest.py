"""What the integration tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from bench.report.run import gather
from bench.report.write import write_report
from tests.made.program import MODELS, bench
from tests.made.runs import made_cells, made_run, with_cell


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("prepared")
    done = bench("prepare", "--models", ",".join(MODELS), "--results", results)
    assert done.returncode == 0, done.stderr
    return results / "prepared"


@pytest.fixture
def results(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "prepared")
    return tmp_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("BENCH_REQUIRE_ENGINE"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a run in which everything happens that can happen to a cell."""
    folder = tmp_path_factory.mktemp("page")
    cells = with_cell(made_cells(), "caffe", "googlenet", status="oom", error="killed for want of memory")
    cells = with_cell(cells, "caffe2", "nin", throttled=True)
    cells = with_cell(cells, "opencv", "nin", weights="synthetic")
    run = made_run(folder / "runs", cells=cells, boundary="simulated", repetitions=3)
    return write_report([gather(run)], folder, run.path)
