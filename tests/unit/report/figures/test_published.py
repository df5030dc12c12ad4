from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from bench.catalog import models
from bench.report.figures import cells as charts
from bench.report.figures.chart import Area
from bench.report.figures.of_run import run_charts
from bench.report.figures.published import read_derived
from bench.report.run import gather
from tests.made.runs import made_run

PUBLISHED = Path(__file__).parents[4] / "results" / "reference" / "published.csv"


def test_every_published_time_is_of_a_known_model_and_has_its_source() -> None:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 17
    assert tuple(rows[0]) == ("board", "software", "model", "latency_ms", "source")
    for row in rows:
        assert row["model"] in models()
        assert row["board"].startswith("Raspberry Pi ")
        assert 1 < float(row["latency_ms"]) < 1000
        assert row["software"] and row["source"]
    assert len({(row["board"], row["software"], row["model"]) for row in rows}) == len(rows)


DERIVED = PUBLISHED.with_name("mlperf_pi4.csv")


def test_what_is_derived_from_mlperf_s_logs_says_so_and_is_in_seconds_and_joules() -> None:
    found = read_derived(DERIVED)
    assert DERIVED.read_text().startswith("# Derived from the logs")
    mobilenet = [item for item in found if item.model == "mobilenet_v1_1.0_224"]
    assert len(mobilenet) == 4  # two programs in two rounds
    assert {item.source for item in mobilenet} == {
        f"derived from MLPerf Inference {number}'s published logs, at the wall" for number in ("v1.0", "v2.0")
    }
    fastest = min(mobilenet, key=lambda item: item.latency_ms)
    assert 55 < fastest.latency_ms < 60
    assert all(0.3 < (item.energy_j or 0) < 0.6 for item in mobilenet)
    assert all(item.model in models() for item in found)


def test_nothing_published_stands_behind_another_computer_s_speeds(tmp_path: Path) -> None:
    gathered = gather(made_run(tmp_path, boundary="simulated"))
    for kind in ("simulated", "emulated"):
        board = gathered.results.board.model_copy(update={kind: True})
        other = replace(gathered, results=gathered.results.model_copy(update={"board": board}))
        drawn, _ = run_charts(other, read_derived(DERIVED))
        for chart in drawn:
            areas = {glyph.name for panel in chart.panels for glyph in panel.glyphs if isinstance(glyph, Area)}
            assert "Published by others" not in areas
            assert "derived from MLPerf" not in chart.caption
            marks = {panel.watermark for panel in chart.panels}
            assert all(kind.upper() in mark for mark in marks) == (chart.name != "figure-1-accuracy")


def test_they_stand_behind_the_speed_and_the_energy_of_a_raspberry_pi_4_and_of_no_other(tmp_path: Path) -> None:
    found = read_derived(DERIVED)
    for board, expected in (("Raspberry Pi 4 Model B Rev 1.4", 1), ("Raspberry Pi 5 Model B Rev 1.0", 0)):
        gathered = gather(made_run(tmp_path, board[:14], board=board))
        for chart in (charts.throughput(gathered, found), charts.energy(gathered, found)):
            areas = [glyph for glyph in chart.panels[0].glyphs if isinstance(glyph, Area)]
            assert len(areas) == expected
            assert ("derived from MLPerf" in chart.caption) == bool(expected)
