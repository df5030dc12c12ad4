"""The table of a fleet: one column for each kind of board, however many there are of it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.catalog.titles import framework_title, model_title
from bench.records.columns import Row
from bench.report.page.provenance import FactTable
from bench.report.run import Gathered
from bench.results.kinds import of_kind


def kinds_table(boards: Sequence[Gathered]) -> FactTable | None:
    """Return throughput by kind of board; None where no kind has two.

    Parameters
    ----------
    boards
        A run of each, on a board of its own: nobody could tell that from the runs.
    """
    kinds: dict[str, list[Gathered]] = {}
    for gathered in boards:
        kinds.setdefault(gathered.place, []).append(gathered)
    if all(len(own) < 2 for own in kinds.values()):
        return None
    cells = dict.fromkeys((row.framework, row.variant.name) for gathered in boards for row in gathered.rows)
    rows = []
    for framework, variant in cells:
        found = [
            [row for one in own for row in one.rows if (row.framework, row.variant.name) == (framework, variant)]
            for own in kinds.values()
        ]
        rows.append([f"{framework_title(framework)} · {model_title(variant)}", *map(_told, found)])
    headings = ["Cell", *(f"{place} ({len(own)} board{'s' if len(own) > 1 else ''})" for place, own in kinds.items())]
    return FactTable(
        "kinds",
        "Boards of one kind",
        rows,
        headings,
        "Throughput in images/s, the geometric mean of the boards; then by how much boards of one kind differ beyond "
        "what each one's repetitions do, and by how much those do on one board: standard deviations.",
    )


def _told(rows: Sequence[Row]) -> str:
    found = of_kind(rows)
    if found is None:
        known = [row.throughput_fps for row in rows if row.status == "ok" and row.throughput_fps]
        return f"{known[0]:.3g} (one board)" if known else ""
    mean = f"{found.throughput_fps:.3g} ({found.boards})"
    if found.within is None:  # measured once each
        return f"{mean}; {found.between:.1%}, between boards and within one not told apart"
    return f"{mean}; between boards {found.between:.1%}, within one {found.within:.1%}"
