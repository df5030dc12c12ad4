"""What others published for the same kind of board, as bands behind the bars of a figure."""

from __future__ import annotations

from collections.abc import Callable

from bench.records.run import Board
from bench.report.figures.chart import Area, Glyph
from bench.report.figures.grid import GROUP, Grid, outline
from bench.report.figures.looks import BY_OTHERS
from bench.report.figures.published import Reference, of_board


def bands(
    grid: Grid, references: list[Reference], board: Board, read: Callable[[Reference], float | None]
) -> tuple[list[Glyph], str]:
    """Return a band for each model that somebody published a number for, and a sentence on whose they are.

    None behind the speeds of another computer: those of a simulated or an emulated board.

    Parameters
    ----------
    read
        A reference's number, in the figure's unit.
    """
    if board.simulated or board.emulated:
        return [], ""
    places, heights = [], []
    told: dict[str, dict[str, None]] = {}
    published = [(item, value) for item in of_board(references, board.model) if (value := read(item)) is not None]
    for place, name in enumerate(grid.models):
        found = [(item, value) for item, value in published if item.model == name]
        if found:
            values = [value for _, value in found]
            margin = (max(values) - min(values)) * 0.02 + max(values) * 0.005  # a single one is to be seen too
            places.append((place - GROUP / 2 - 0.05, place + GROUP / 2 + 0.05))
            heights.append((min(values) - margin, max(values) + margin))
            for item, _ in found:
                told.setdefault(item.source, {})[f"{item.software} on {item.board}"] = None
    if not told:
        return [], ""
    sources = "; ".join(f"{', '.join(each)} ({source})" for source, each in told.items())
    area = Area("Published by others", BY_OTHERS, *outline(places, heights))
    return [area], f" Grey bands: published by others for this kind of board, not measured here: {sources}."
