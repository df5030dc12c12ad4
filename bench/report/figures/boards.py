"""The figures of several runs: boards side by side, and the same cell over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone

from bench.catalog.titles import framework_title, model_title
from bench.records.columns import Row
from bench.report.figures.chart import Axis, Bars, Chart, Glyph, Label, Line, Look, Panel, Points
from bench.report.figures.grid import GROUP, hover
from bench.report.figures.looks import look, short_titles, simulated, state
from bench.report.run import Gathered

Read = Callable[[Row], "float | None"]


def board_charts(runs: Sequence[Gathered]) -> list[Chart]:
    """Return throughput, power and merit of the newest run of each board, if there are several boards."""
    newest = {gathered.place: gathered for gathered in sorted(runs, key=_began)}
    if len(newest) < 2:
        return []
    return [
        _board_chart(newest, "boards-throughput", "Throughput", "images/s", lambda row: row.throughput_fps),
        _board_chart(newest, "boards-power", "Power", "W", lambda row: row.power_w_mean, power=True),
        _board_chart(
            newest,
            "boards-merit",
            "Figure of merit, top-1",
            "images/J",
            lambda row: row.fom_top1,
            power=True,
            top1=True,
        ),
    ]


def time_charts(runs: Sequence[Gathered]) -> list[Chart]:
    """Return throughput and merit of each cell over the runs, for every board that has several."""
    charts = []
    boards = list(dict.fromkeys(gathered.place for gathered in runs))
    for number, board in enumerate(boards, start=1):
        own = sorted((gathered for gathered in runs if gathered.place == board), key=_began)
        if len(own) > 1:
            name = f"over-time-{number}"
            charts += [
                _time_chart(own, board, f"{name}-throughput", "Throughput", "images/s", lambda row: row.throughput_fps),
                _time_chart(own, board, f"{name}-merit", "Figure of merit", "images/J", lambda row: row.fom_top1, True),
            ]
    return charts


def _board_chart(
    newest: dict[str, Gathered], name: str, title: str, unit: str, read: Read, power: bool = False, top1: bool = False
) -> Chart:
    rows = [row for gathered in newest.values() for row in gathered.rows]
    models = list(dict.fromkeys(row.variant.name for row in rows))
    width = GROUP / len(newest)
    panels = []
    for framework in dict.fromkeys(row.framework for row in rows):
        glyphs: list[Glyph] = []
        for rank, (board, gathered) in enumerate(newest.items()):
            own = [row for row in gathered.rows if row.framework == framework]
            places = {id(row): models.index(row.variant.name) + (rank + 0.5) * width - GROUP / 2 for row in own}
            known = [(row, value) for row in own if (value := read(row)) is not None]
            if known:
                x = [places[id(row)] for row, _ in known]
                told = [f"{board} · {hover(row, value, unit)}" for row, value in known]
                label = f"{board} (simulated)" if power and simulated(own) else board
                glyphs.append(Bars(label, look(rank), x, [value for _, value in known], width * 0.92, told))
            words = [(row, state(row, read(row), power, top1)) for row in own]
            glyphs += [Label(places[id(row)], 0.0, word) for row, word in words if word]
        own_rows = [row for row in rows if row.framework == framework]
        watermark = simulated(own_rows) if power else ""
        panels.append(Panel(Axis(framework_title(framework), unit, from_zero=True), glyphs, watermark, height=0.62))
    ticks = [(float(place), text) for place, text in enumerate(short_titles(models).values())]
    subject = "; ".join(f"{board}: run {gathered.run.run_id}" for board, gathered in newest.items())
    return Chart(
        name,
        f"{title}, boards side by side",
        subject,
        f"{title} in {unit}, one panel for each framework, from the newest run of each board.",
        Axis("Model", ticks=ticks, range=(-0.5, len(models) - 0.5)),
        panels,
    )


def _time_chart(
    runs: Sequence[Gathered], board: str, name: str, title: str, unit: str, read: Read, power: bool = False
) -> Chart:
    days = [_days(gathered, runs[0]) for gathered in runs]
    rows = [row for gathered in runs for row in gathered.rows]
    models = list(dict.fromkeys(row.variant.name for row in rows))
    panels = []
    for framework in dict.fromkeys(row.framework for row in rows):
        glyphs: list[Line | Points] = []
        for rank, model in enumerate(models):
            line: list[tuple[float, float | None]] = []
            points: list[tuple[float, float, str]] = []
            for day, gathered in zip(days, runs):
                for row in gathered.rows:
                    if (row.framework, row.variant.name) == (framework, model):
                        value = read(row)
                        line.append((day, value))
                        if value is not None:
                            points.append((day, value, f"{gathered.run.run_id} · {hover(row, value, unit)}"))
            shown: Look = look(rank)
            if points:
                x, y, told = zip(*points)
                glyphs += [
                    Line("", shown, [day for day, _ in line], [value for _, value in line]),
                    Points(model_title(model), shown, x, y, told, size=6),
                ]
        own = [row for row in rows if row.framework == framework]
        panels.append(
            Panel(
                Axis(framework_title(framework), unit, from_zero=True),
                glyphs,
                simulated(own) if power else "",
                height=0.62,
            )
        )
    first = datetime.fromtimestamp(_began(runs[0]) / 1e9, tz=timezone.utc)
    return Chart(
        name,
        f"{title} over time",
        f"{board}: {len(runs)} runs",
        f"{title} in {unit} of the same cell in each run, one panel for each framework; a gap is a run in which "
        "the cell has none.",
        Axis(f"Days since {first:%Y-%m-%d %H:%M} UTC", "d"),
        panels,
    )


def _began(gathered: Gathered) -> int:
    return gathered.run.began.realtime_ns


def _days(gathered: Gathered, first: Gathered) -> float:
    return (_began(gathered) - _began(first)) / (86_400 * 10**9)
