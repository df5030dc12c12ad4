"""What nobody may overlook: that a board is simulated or emulated, written across its figures."""

from __future__ import annotations

from dataclasses import replace

from bench.records.run import Board
from bench.report.figures.chart import Chart
from bench.report.figures.looks import WATERMARK

SIMULATED_BOARD = "SIMULATED BOARD"
EMULATED_BOARD = "EMULATED BOARD"


def brand_of(board: Board) -> str:
    """Return the words for a board that is none; nothing for a real one."""
    return EMULATED_BOARD if board.emulated else SIMULATED_BOARD if board.simulated else ""


def branded(chart: Chart, board: Board) -> Chart:
    """Return a chart with those words across every panel; recognising images is the same anywhere."""
    brand = brand_of(board)
    if not brand or chart.name == "figure-1-accuracy":
        return chart
    both = {"": brand, WATERMARK: f"{brand}, {WATERMARK}"}
    return replace(chart, panels=[replace(panel, watermark=both.get(panel.watermark, brand)) for panel in chart.panels])
