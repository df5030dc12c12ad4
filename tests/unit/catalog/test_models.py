"""A model that the paper does not have: one entry, and every command works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import bench.catalog
from bench.catalog import find_models, models
from bench.catalog.suites import find_suite
from bench.prepare.network import architectures
from bench.report.page.provenance import models_table
from bench.report.terminal.catalog import catalog_listing
from bench.report.terminal.results import results_table
from bench.report.write import report_run
from bench.results.merge import merge
from tests.made.runs import made_cells, made_run

ENTRY = """
[throwaway]
title = "Throw-away"
height = 227
width = 227
mean = [104.0, 117.0, 123.0]
scale = 1.0
classes = 1000
licence = "none"

[throwaway.weights]
file = "throwaway.caffemodel"
urls = ["http://127.0.0.1:9/throwaway.caffemodel"]
sha1 = "8e89c8fcd46e02780e16c867a5308e7bb7af0803"
"""


@pytest.fixture
def throwaway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Put a model into the catalog that has no [paper] table, no published accuracy, and no suite."""
    folder = tmp_path / "catalog"
    shutil.copytree(Path(bench.catalog.__file__).parent, folder)
    with (folder / "models.toml").open("a") as file:
        file.write(ENTRY)
    monkeypatch.setattr(bench.catalog, "_FOLDER", folder)
    monkeypatch.setitem(architectures._ARCHITECTURES, "throwaway", architectures._ARCHITECTURES["squeezenet_v1.1"])
    models.cache_clear()
    yield "throwaway"
    models.cache_clear()


def shown(what: object) -> str:
    console = Console(width=200, file=StringIO(), record=True)
    console.print(what)
    return console.export_text()


def test_it_is_found_and_listed_and_in_no_suite_but_all(throwaway: str) -> None:
    (model,) = find_models(["throw"])
    assert (model.name, model.paper, model.published) == (throwaway, None, None)
    assert model in find_suite("all").models()
    assert model not in find_suite().models()
    assert "Throw-away" in shown(catalog_listing())


def test_table_1_has_its_graph_and_nothing_of_the_paper(throwaway: str) -> None:
    (row,) = models_table([throwaway]).rows
    assert row[0] == "Throw-away"
    assert row[2:4] == ["18", "26"], "for SqueezeNet itself it says 18 (18) and 26 (26)"
    assert row[-1] == ""


def test_a_run_of_it_has_its_table_and_its_page(throwaway: str, tmp_path: Path) -> None:
    cells = [cell for cell in made_cells("all") if cell.model == throwaway]
    folder = made_run(tmp_path / "results" / "runs", cells=cells)
    results = merge(folder)
    assert [row.model for row in results.rows] == [throwaway] * len(cells)
    assert "Throw-away" in shown(results_table(results, 200))
    assert "Throw-away" in report_run(folder, tmp_path / "results").read_text(encoding="utf-8")
