"""What a terminal of 80 columns, and a narrower one, shows."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from bench.bootstrap import ROOT
from bench.catalog import models
from bench.catalog.suites import suites
from bench.decide.compare import compare
from bench.records.columns import Results
from bench.records.store import read_record
from bench.report.terminal.catalog import LISTS, listed
from bench.report.terminal.results import results_table
from bench.report.terminal.verdicts import comparison_table

REFERENCE = read_record(Path(ROOT / "results/reference/run/results.json"), Results)


def shown(table: RenderableType, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(cell_len, lines)) <= width
    assert not [line for line in lines if "…" in line.replace("=…", "")], "something is cut"
    return [" ".join(line.split()) for line in lines if line.strip()]


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (120, "Framework Model % % img/s ms ms W J/img img/J MiB Status"),
        (88, "Framework Model % img/s W img/J Status"),
        (80, "Framework Model % img/s img/J Status"),
        (66, "Framework Model img/s img/J Status"),
    ],
)
def test_a_terminal_has_the_columns_that_it_has_room_for_with_the_intervals(width: int, headings: str) -> None:
    lines = shown(results_table(REFERENCE, width), width)
    assert lines[2] == headings
    (row,) = [line for line in lines if line.startswith("TensorFlow GoogLeNet")]
    assert "±" in row
    assert row.endswith("ok")


@pytest.mark.parametrize(("width", "headings"), [(124, "img/s img/s ratio from ratio ratio"), (80, "ratio ratio")])
def test_a_comparison_has_the_ratios_that_it_has_room_for(width: int, headings: str) -> None:
    cells = compare(REFERENCE.rows, REFERENCE.rows)
    assert shown(comparison_table(cells, "before", "after", width), width)[2].startswith(f"Framework Model {headings} ")


def test_no_list_cuts_what_is_to_be_typed() -> None:
    for name in LISTS:
        words = " ".join(shown(listed(name), 80)).split()
        known = suites() if name == "suites" else models() if name == "models" else {}
        assert set(known) <= set(words)


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (160, "Top-1 Lost Top-5 Speed p50 p95 Power Energy Merit Memory Size"),
        (124, "Top-1 Lost Speed p95 Power Merit Memory Size"),
        (100, "Top-1 Lost Speed Merit"),
        (80, "Speed Merit"),
    ],
)
def test_a_log_of_several_precisions_has_memory_and_size(width: int, headings: str) -> None:
    lost = {"precision": "int8", "top1_loss": 0.0125, "top1_loss_ci95_low": -0.01, "top1_loss_ci95_high": 0.04}
    rows = [row.model_copy(update={"model_mib": 28.2}) for row in REFERENCE.rows]
    rows += [row.model_copy(update={**lost, "model_mib": 7.1}) for row in REFERENCE.rows]
    results = REFERENCE.model_copy(update={"rows": rows})
    assert shown(results_table(results, width), width)[1] == headings
