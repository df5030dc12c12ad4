from __future__ import annotations

from pathlib import Path

import pytest

from bench.report.figures.sustained import sustained_charts
from bench.report.run import gather
from bench.runs.folder import RunFolder
from tests.made.runs import made_run
from tests.unit.results.test_sustained import merged


def test_a_cell_in_the_heat_has_a_figure_with_its_speed_power_temperature_and_clock(tmp_path: Path) -> None:
    merged(tmp_path)
    (chart,) = sustained_charts(gather(RunFolder(tmp_path / "r")))
    assert [panel.y.label for panel in chart.panels] == [
        "Throughput [images/s]",
        "Power [W]",
        "Temperature [°C]",
        "Clock [MHz]",
    ]
    assert "30 minutes" in chart.caption
    assert "The clock first fell after 401 s." in chart.caption
    speed, plateau = chart.panels[0].glyphs
    assert speed.y[0] == pytest.approx(10, rel=0.02)
    assert speed.y[-1] == pytest.approx(6.25, rel=0.05)
    assert list(plateau.y) == pytest.approx([6.25, 6.25], rel=0.01)


def test_another_profile_has_none(tmp_path: Path) -> None:
    assert sustained_charts(gather(made_run(tmp_path))) == []
