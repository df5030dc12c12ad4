"""The figures of several boards: what each one's newest run measured, side by side and on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from bench.catalog.titles import framework_title
from bench.decide.quantities import QUANTITIES, Quantity
from bench.records.columns import Row
from bench.report.figures.accuracies import accuracy_panel
from bench.report.figures.brand import brand_of
from bench.report.figures.chart import INK, Axis, Bars, Chart, Glyph, Label, Line, Look, Panel, Points
from bench.report.figures.grid import GROUP, cell_name, hover, joined
from bench.report.figures.looks import cut, look, short_titles, simulated, state
from bench.report.figures.scales import log_axis, long_unit
from bench.report.figures.tradeoffs import outline_of, pareto
from bench.report.names import short_board
from bench.report.run import Gathered

_SIDE_BY_SIDE = (("throughput", "Throughput"), ("power", "Power"), ("merit", "Figure of merit, top-1"))
_LETTERS = 30
"""Of a name in a legend, on a phone too."""


def board_charts(newest: Sequence[Gathered]) -> list[Chart]:
    """Return the front across boards, then throughput, power and merit; nothing of one board, or that none has.

    Parameters
    ----------
    newest
        The newest run of each board.
    """
    if len(newest) < 2:
        return []
    boards = names_of(newest)
    fronts = [_front(boards, "energy"), _front(boards, "throughput")]
    bars = [_side_by_side(boards, QUANTITIES[name], title) for name, title in _SIDE_BY_SIDE]
    return [chart for chart in (*fronts, *bars) if chart.panels and any(panel.glyphs for panel in chart.panels)]


def names_of(runs: Sequence[Gathered]) -> dict[str, Gathered]:
    """Return the runs by what their boards are called for short; in full or by number where two would be alike."""
    short = [_name(gathered, short_board(gathered.results.board.model)) for gathered in runs]
    full = [_name(gathered, gathered.results.board.model) for gathered in runs]
    told = [cut(one if short.count(one) == 1 else other, _LETTERS) for one, other in zip(short, full)]
    names = [name if told.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(told, start=1)]
    return dict(zip(names, runs))


def _name(gathered: Gathered, board: str) -> str:
    cooling = gathered.results.conditions.cooling
    return board + (f", {cooling}" if cooling else "") + (" (emulated)" if gathered.results.board.emulated else "")


def _subject(boards: dict[str, Gathered]) -> str:
    return "; ".join(f"{board}: run {gathered.run.run_id}" for board, gathered in boards.items())


def _watermark(runs: Sequence[Gathered], power: bool) -> str:
    brands = [brand_of(gathered.results.board) for gathered in runs]
    if any(brands):
        one = next(filter(None, brands))
        return one if set(brands) == {one} else f"PARTLY {one}"
    return simulated([row for gathered in runs for row in gathered.rows]) if power else ""


def _side_by_side(boards: dict[str, Gathered], quantity: Quantity, title: str) -> Chart:
    rows = [row for gathered in boards.values() for row in gathered.rows]
    models = list(dict.fromkeys(row.variant.name for row in rows))
    tops = [top for row in rows for top in (quantity.read(row), *(quantity.interval(row) or ())) if top]
    scale = (0.0, 1.08 * max(tops, default=1.0))
    panels, without = [], []
    for framework in dict.fromkeys(row.framework for row in rows):
        if any(quantity.read(row) is not None for row in rows if row.framework == framework):
            glyphs = [
                glyph
                for rank, (board, gathered) in enumerate(boards.items())
                for glyph in _bars(
                    board, rank, [r for r in gathered.rows if r.framework == framework], quantity, models, len(boards)
                )
            ]
            labels = [glyph for glyph in glyphs if isinstance(glyph, Label)]
            glyphs = [glyph for glyph in glyphs if not isinstance(glyph, Label)]
            glyphs += joined(labels, GROUP / len(boards), len(models))
            axis = Axis(framework_title(framework), long_unit(quantity), range=scale)
            panels.append(Panel(axis, glyphs, _watermark(list(boards.values()), quantity.power), height=0.62))
        else:
            without.append(framework_title(framework))
    ticks = [(float(place), text) for place, text in enumerate(short_titles(models).values())]
    none = f" No board has it of {', '.join(without)}." if without else ""
    return Chart(
        f"boards-{quantity.name}",
        f"{title}, boards side by side",
        _subject(boards),
        f"{title} in {long_unit(quantity)}, one panel for each framework, all on one scale, from each board's newest "
        f"run. Whiskers are 95 % intervals, where known.{none}",
        Axis("Model", ticks=ticks, range=(-0.5, len(models) - 0.5)),
        panels,
    )


def _bars(
    board: str, rank: int, rows: Sequence[Row], quantity: Quantity, models: Sequence[str], boards: int
) -> list[Glyph]:
    width = GROUP / boards
    places = {id(row): models.index(row.variant.name) + (rank + 0.5) * width - GROUP / 2 for row in rows}
    known = [(row, value) for row in rows if (value := quantity.read(row)) is not None]
    glyphs: list[Glyph] = []
    if known:
        ends = [quantity.interval(row) for row, _ in known]
        told = [f"{board} · {hover(row, value, long_unit(quantity), pair)}" for (row, value), pair in zip(known, ends)]
        x, y = [places[id(row)] for row, _ in known], [value for _, value in known]
        label = f"{board} (simulated power)" if quantity.power and simulated(rows) else board
        glyphs.append(Bars(label, look(rank), x, y, width * 0.92, told, ends))
    words = [(row, state(row, quantity.read(row), quantity.power, quantity.accuracy)) for row in rows]
    return glyphs + [
        Label(places[id(row)], 0.0, word, told=f"{board} · {cell_name(row)}: {word}") for row, word in words if word
    ]


def _front(boards: dict[str, Gathered], name: str) -> Chart:
    """Return accuracy against a quantity: every board's best cells, its front, and that across all that are real."""
    quantity = QUANTITIES[name]
    more = quantity.more_is_better
    lines: list[Glyph] = []
    markers: list[Glyph] = []
    shown: list[tuple[Row, float, float]] = []
    across: list[tuple[float, float]] = []
    for rank, (board, gathered) in enumerate(boards.items()):
        own = _unbeaten(gathered.rows, quantity)
        if not own:
            continue
        points = [(x, y) for _, x, y in own]
        told = [f"{board} · {hover(row, x, long_unit(quantity))}, {y:.4g} % top-1" for row, x, y in own]
        lines.append(Line("", look(rank), *outline_of(pareto(points, more), more), width=1.2))
        markers.append(Points(board, look(rank), [x for x, _ in points], [y for _, y in points], told, size=8))
        shown += own
        if not brand_of(gathered.results.board):
            across += points
    if across:
        lines.insert(
            0, Line("Front across boards", Look(INK, dash=":"), *outline_of(pareto(across, more), more), width=2.5)
        )
    title = "throughput" if more else "energy"
    watermark = _watermark(list(boards.values()), quantity.power)
    return Chart(
        f"boards-accuracy-{name}",
        f"Accuracy against {title}, across boards",
        _subject(boards),
        "Each marker is a cell that ended well: of each model on each board those that no other framework's beats in "
        "both. The model is named at the right, at the height of its accuracy. A line joins those of a board that none "
        "of its others beats in both; the dotted front is that across all boards that are no simulation.",
        log_axis(title.capitalize(), long_unit(quantity), [x for _, x, _ in shown])
        if shown
        else Axis(title.capitalize()),
        [accuracy_panel([(row, y) for row, _, y in shown], [*lines, *markers], watermark)] if shown else [],
    )


def _unbeaten(rows: Sequence[Row], quantity: Quantity) -> list[tuple[Row, float, float]]:
    """Return each model's cells that none of its others beats in both, with the quantity and the accuracy in %."""
    cells: dict[str, list[tuple[Row, float, float]]] = {}
    for row in rows:
        value = quantity.read(row)
        if row.status == "ok" and value and row.top1 is not None:
            cells.setdefault(row.variant.name, []).append((row, value, 100 * row.top1))
    found = []
    for own in cells.values():
        front = set(pareto([(x, y) for _, x, y in own], quantity.more_is_better))
        found += [cell for cell in own if cell[1:] in front]
    return found
