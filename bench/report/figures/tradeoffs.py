"""Accuracy against throughput and against energy, with the front that nothing beats on both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from bench.catalog.titles import framework_title, model_title
from bench.decide.level import levelled
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row
from bench.records.schema import Precision
from bench.report.figures.accuracies import accuracy_panel
from bench.report.figures.chart import INK, Axis, Chart, Glyph, Line, Look, Points
from bench.report.figures.grid import hover
from bench.report.figures.looks import framework_look, simulated, state
from bench.report.figures.scales import log_axis, long_unit
from bench.report.run import Gathered


def against_throughput(gathered: Gathered) -> Chart:
    """Return accuracy against images per second: up and to the right is better."""
    return _chart(
        gathered,
        "accuracy-throughput",
        "Accuracy against throughput",
        ("Throughput", long_unit(QUANTITIES["throughput"])),
        lambda row: row.throughput_fps,
        more_is_better=True,
        power=False,
    )


def against_energy(gathered: Gathered) -> Chart:
    """Return accuracy against joules per image: up and to the left is better."""
    return _chart(
        gathered,
        "accuracy-energy",
        "Accuracy against energy",
        ("Energy", long_unit(QUANTITIES["energy"])),
        lambda row: row.energy_j_per_image,
        more_is_better=False,
        power=True,
    )


def pareto(points: Sequence[tuple[float, float]], more_is_better: bool) -> list[tuple[float, float]]:
    """Return the points that no other beats or equals in x with at least their y, from the least x to the most.

    Parameters
    ----------
    points
        Pairs of x and y; of y more is better.
    more_is_better
        Of x.
    """
    front: list[tuple[float, float]] = []
    for x, y in sorted(set(points), key=lambda point: (-point[0] if more_is_better else point[0], -point[1])):
        if not front or y > front[-1][1]:
            front.append((x, y))
    return sorted(front)


def _chart(
    gathered: Gathered,
    name: str,
    title: str,
    axis: tuple[str, str],
    read: Callable[[Row], float | None],
    *,
    more_is_better: bool,
    power: bool,
) -> Chart:
    rows = levelled(gathered.rows)
    known = [(row, x, row.top1 * 100) for row in rows if (x := read(row)) and row.top1 is not None]
    front = pareto([(x, y) for row, x, y in known if row.status == "ok"], more_is_better)
    size = 10 if all(row.precision == "fp32" for row, _, _ in known) else 13  # with room for a number
    glyphs: list[Glyph] = []
    if front:
        glyphs.append(Line("Pareto front", Look(INK, dash=":"), *outline_of(front, more_is_better)))
    glyphs += _between_precisions(known)
    for framework in dict.fromkeys(row.framework for row, _, _ in known):
        for hollow in (False, True):
            own = [item for item in known if item[0].framework == framework and (item[0].status != "ok") == hollow]
            if own:
                glyphs.append(
                    Points(
                        framework_title(framework) + (" (not ranked)" if hollow else ""),
                        framework_look(framework),
                        [x for _, x, _ in own],
                        [y for _, _, y in own],
                        [hover(row, x, axis[1]) + f", {y:.4g} % top-1" for row, x, y in own],
                        [_LETTERS[row.precision] for row, _, _ in own],
                        hollow=hollow,
                        size=size,
                    )
                )
    published = " Accuracy is the published one." if any(r.top1_source == "published" for r, _, _ in known) else ""
    return Chart(
        name,
        title,
        gathered.subject,
        "Each marker is a cell; its model is named at the right, at the height of its accuracy."
        f"{_precisions(known)} No ranked cell is both more accurate and better in x than one on the dotted Pareto "
        f"front.{published}"
        f"{_not_shown(rows, known, read, power)}",
        log_axis(*axis, [x for _, x, _ in known]) if known else Axis(*axis),
        [accuracy_panel([(row, y) for row, _, y in known], glyphs, simulated(gathered.rows) if power else "")]
        if known
        else [],
    )


_LETTERS: dict[Precision, str] = {"fp32": "", "fp16": "16", "int8": "8"}
"""On a marker."""


def _between_precisions(known: Sequence[tuple[Row, float, float]]) -> list[Glyph]:
    """Return a line between the precisions of each framework and model, in their framework's colour."""
    cells: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row, x, y in known:
        cells.setdefault((row.framework, row.model), []).append((x, y))
    return [
        Line("", framework_look(framework), [x for x, _ in points], [y for _, y in points], width=1.0)
        for (framework, _), points in cells.items()
        if len(points) > 1
    ]


def _precisions(known: Sequence[tuple[Row, float, float]]) -> str:
    others = {row.precision for row, _, _ in known} - {"fp32"}
    if not others:
        return ""
    named = " and ".join(f"{_LETTERS[precision]} is {precision}" for precision in sorted(others))
    joined = "joined by a line to the same cell in float32, from which it loses what it does on the images of both"
    return f" {named}, {joined}."


def outline_of(front: list[tuple[float, float]], more_is_better: bool) -> tuple[list[float | None], list[float | None]]:
    """Return the outline of what the front dominates: from one point to the next by way of the worse of both."""
    x: list[float | None] = []
    y: list[float | None] = []
    for left, right in zip(front, front[1:]):
        x += [left[0], left[0] if more_is_better else right[0]]
        y += [left[1], right[1] if more_is_better else left[1]]
    return [*x, front[-1][0]], [*y, front[-1][1]]


def _not_shown(
    rows: list[Row], known: list[tuple[Row, float, float]], read: Callable[[Row], float | None], power: bool
) -> str:
    shown = {id(row) for row, _, _ in known}
    missing: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        if id(row) not in shown:
            word = state(row, read(row) if row.top1 is not None else None, power, True) or "no accuracy"
            missing.setdefault(word, {}).setdefault(row.framework, []).append(model_title(row.variant.name))
    cells = Counter(row.framework for row in rows)
    listed = "; ".join(
        f"{word}: {', '.join(_named(framework, models, cells[framework]) for framework, models in found.items())}"
        for word, found in missing.items()
    )
    return f" Not shown: {listed}." if listed else ""


def _named(framework: str, models: Sequence[str], cells: int) -> str:
    title = framework_title(framework)
    return f"all of {title}" if len(models) == cells > 1 else ", ".join(f"{title} {model}" for model in models)
