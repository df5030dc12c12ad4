"""The figures of several boards: what each one's newest run measured, side by side and on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from bench.catalog.titles import framework_title
from bench.decide.quantities import QUANTITIES, Quantity
from bench.records.columns import Row
from bench.report.figures.brand import brand_of
from bench.report.figures.chart import INK, Axis, Bars, Chart, Glyph, Label, Line, Look, Panel, Points
from bench.report.figures.grid import GROUP, cell_name, hover
from bench.report.figures.looks import look, short_titles, simulated, state
from bench.report.figures.tradeoffs import outline_of, pareto
from bench.report.names import short_board
from bench.report.run import Gathered

_SIDE_BY_SIDE = (("throughput", "Throughput"), ("power", "Power"), ("merit", "Figure of merit, top-1"))


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
    """Return the runs by what their boards are called for short, or in full where that would be the same name."""
    short = [_name(gathered, short_board(gathered.results.board.model)) for gathered in runs]
    full = [_name(gathered, gathered.results.board.model) for gathered in runs]
    return {one if short.count(one) == 1 else other: gathered for one, other, gathered in zip(short, full, runs)}


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
            glyphs = _words_once(glyphs, len(boards))
            axis = Axis(framework_title(framework), quantity.unit, range=scale)
            panels.append(Panel(axis, glyphs, _watermark(list(boards.values()), quantity.power), height=0.62))
        else:
            without.append(framework_title(framework))
    ticks = [(float(place), text) for place, text in enumerate(short_titles(models).values())]
    none = f" No board has it of {', '.join(without)}." if without else ""
    return Chart(
        f"boards-{quantity.name}",
        f"{title}, boards side by side",
        _subject(boards),
        f"{title} in {quantity.unit}, one panel for each framework, all on one scale, from each board's newest run. "
        f"Whiskers are 95 % intervals, where known.{none}",
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
        told = [f"{board} · {hover(row, value, quantity.unit, pair)}" for (row, value), pair in zip(known, ends)]
        x, y = [places[id(row)] for row, _ in known], [value for _, value in known]
        label = f"{board} (simulated power)" if quantity.power and simulated(rows) else board
        glyphs.append(Bars(label, look(rank), x, y, width * 0.92, told, ends))
    words = [(row, state(row, quantity.read(row), quantity.power, quantity.accuracy)) for row in rows]
    return glyphs + [
        Label(places[id(row)], 0.0, word, told=f"{board} · {cell_name(row)}: {word}") for row, word in words if word
    ]


def _words_once(glyphs: Sequence[Glyph], boards: int) -> list[Glyph]:
    """Return the glyphs with one word in the middle of a model's place where every board has the same one there."""
    groups: dict[tuple[int, str], list[Label]] = {}
    for glyph in glyphs:
        if isinstance(glyph, Label):
            groups.setdefault((round(glyph.x), glyph.text), []).append(glyph)
    alike = {id(label) for labels in groups.values() if len(labels) == boards for label in labels}
    once: list[Glyph] = [
        Label(float(place), 0.0, text, told="; ".join(label.told for label in labels))
        for (place, text), labels in groups.items()
        if len(labels) == boards
    ]
    return [*(glyph for glyph in glyphs if id(glyph) not in alike), *once]


def _front(boards: dict[str, Gathered], name: str) -> Chart:
    """Return accuracy against a quantity: every board's cells, its front, and the front across all that are real."""
    quantity = QUANTITIES[name]
    glyphs: list[Glyph] = []
    across: list[tuple[float, float]] = []
    for rank, (board, gathered) in enumerate(boards.items()):
        known = [
            (row, value, 100 * row.top1)
            for row in gathered.rows
            if (value := quantity.read(row)) is not None and row.top1 and row.status == "ok"
        ]
        if not known:
            continue
        points = [(x, y) for _, x, y in known]
        told = [f"{board} · {hover(row, x, quantity.unit)}, {y:.4g} % top-1" for row, x, y in known]
        x, y = outline_of(pareto(points, quantity.more_is_better), quantity.more_is_better)
        glyphs.append(Line("", look(rank), x, y, width=1.2))
        glyphs.append(Points(board, look(rank), [x for x, _ in points], [y for _, y in points], told, size=8))
        if not brand_of(gathered.results.board):
            across += points
    if across:
        x, y = outline_of(pareto(across, quantity.more_is_better), quantity.more_is_better)
        glyphs.insert(0, Line("Front across boards", Look(INK, dash=":"), x, y, width=2.5))
    title = "throughput" if quantity.more_is_better else "energy"
    return Chart(
        f"boards-accuracy-{name}",
        f"Accuracy against {title}, across boards",
        _subject(boards),
        "Each marker is a cell that ended well; a line joins those of a board that none of its others beats in both. "
        "The dotted front is that across all boards that are no simulation.",
        Axis(title.capitalize(), quantity.unit, from_zero=True),
        [Panel(Axis("Top-1 accuracy", "%"), glyphs, _watermark(list(boards.values()), quantity.power))]
        if glyphs
        else [],
    )
