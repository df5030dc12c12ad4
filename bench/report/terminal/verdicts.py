"""Judgements, recommendations and comparisons as tables on a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.catalog.titles import framework_title, model_title
from bench.decide.claims import Judgement
from bench.decide.compare import CellComparison, untold
from bench.decide.differences import OLD_TABLE
from bench.decide.recommend import Choice, Excluded, Recommendation
from bench.records.schema import Variant
from bench.records.statistics import ALPHA
from bench.report.marks import ratio_text
from bench.report.terminal.fitting import fitting

_COLOURS = {
    "confirmed": "green",
    "faster": "green",
    "refuted": "red",
    "slower": "red",
    "broken": "red",
    "can't tell": "yellow",
}


def claims_table(judgements: list[Judgement], title: str, paper: str) -> RenderableType:
    """Return each finding with its verdict, then what each verdict rests on."""
    table = _table(title)
    table.add_column("What the paper found", ratio=1)
    table.add_column("Where", no_wrap=True)
    table.add_column("Here", no_wrap=True)
    for judgement in judgements:
        table.add_row(escape(judgement.statement), judgement.where, _coloured(judgement.verdict))
    grounds = _table("What that rests on")
    for name in ("Holds", "For"):
        grounds.add_column(name, no_wrap=True)
    grounds.add_column("Numbers", ratio=1)
    marks = {True: "[green]yes[/green]", False: "[red]no[/red]", None: "[yellow]?[/yellow]"}
    for judgement in judgements:
        reading = f" [dim](taken as: {escape(judgement.reading)})[/dim]" if judgement.reading else ""
        grounds.add_section()
        grounds.add_row("", _coloured(judgement.verdict), escape(judgement.statement) + reading)
        for part in judgement.parts:
            grounds.add_row(marks[part.holds], escape(part.place), escape(part.numbers))
    return Group(table, grounds, Text(f"The findings are those of {paper}.", style="dim"))


def recommendation_table(found: Recommendation, title: str) -> RenderableType:
    """Return the ranked choices, or the nearest miss, then what is out and why."""
    parts: list[RenderableType] = []
    for ranking in found.rankings:
        seen = {None: "", "simulated": " · simulated power: says nothing about a board"}
        table = _table(title + seen.get(ranking.boundary, f" · power seen at {ranking.boundary}"))
        table.add_column("", justify="right")
        _cell_columns(table, "Because")
        for choice in ranking.choices:
            rank = f"{choice.rank}=" if choice.tied else str(choice.rank)
            table.add_row(rank, *_titles(choice), escape(", ".join(choice.reasons)))
        parts.append(table)
        if any(choice.tied for choice in ranking.choices):
            parts.append(Text("= Not told apart: their intervals leave the order open. More repetitions may tell."))
    if not found.rankings:
        if found.nearest:
            parts.append(Text("Nothing keeps the limits.", style="bold red"))
        else:
            parts.append(Text("No cell has all the numbers that this is ranked by; what each lacks stands below."))
            parts.append(Text("Where power or accuracy was not measured, --goal throughput ranks by speed alone."))
    if found.nearest:
        parts.append(_reasons_table(found.nearest, "Nearest miss"))
    if found.excluded:
        parts.append(_reasons_table(found.excluded, "Left out"))
    return Group(*parts)


def comparison_table(
    cells: list[CellComparison], first: str, second: str, width: int, floor: float = 0.0
) -> RenderableType:
    """Return the ratios of the second to the first with their intervals, and what this pair could have found.

    A terminal without room for more has the ratios of speed and merit.
    """
    compared = [cell for cell in cells if cell.ratios]
    common = [reason for reason in compared[0].why if all(reason in cell.why for cell in compared)] if compared else []

    def table(names: tuple[str, ...]) -> Table:
        made = _table(f"{second} against {first}")
        for name in ("Framework", "Model"):
            made.add_column(name, no_wrap=name != "Model" or names != _DEAREST)
        for name in names:
            made.add_column(name, justify="right", no_wrap=True)
        made.add_column("Verdict", no_wrap=True)
        made.add_column("Because", min_width=16)
        for cell in cells:
            numbers = _numbers(cell)
            verdict = _coloured("broken" if cell.broken else cell.verdict)
            why = escape(", ".join(reason for reason in cell.why if reason not in common))
            made.add_row(*_titles(cell), *(numbers[name] for name in names), verdict, why)
        return made

    chosen = fitting((table(names) for names in (tuple(_numbers(cells[0])), _DEAREST)) if cells else [table(())], width)
    return Group(chosen, *map(Text, _comparison_notes(cells, common, floor)))


_DEAREST = ("Speed\nratio", "Merit\nratio")


def _numbers(cell: CellComparison) -> dict[str, str]:
    """Return what a comparison has in columns, by their headings."""
    speed = cell.ratios.get("throughput")
    return {
        "First\nimg/s": f"{speed.first:.2f}" if speed else "",
        "Second\nimg/s": f"{speed.second:.2f}" if speed else "",
        "Speed\nratio": ratio_text(speed),
        "finds\nfrom": f"{speed.detectable:.1%}" if speed and speed.detectable is not None else "",
        "Power\nratio": ratio_text(cell.ratios.get("power")),
        "Merit\nratio": ratio_text(cell.ratios.get("merit")),
    }


def _comparison_notes(cells: list[CellComparison], common: list[str], floor: float) -> list[str]:
    judged = [cell for cell in cells if cell.ratios and cell not in untold(cells)]
    counts = {word: sum(cell.verdict == word for cell in judged) for word in ("faster", "slower", "can't tell")}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    notes = [f"- {told} of {len(judged)}, all taken together wrong in 5 % of cases (Holm)."] if judged else []
    if common:
        notes.append(f"- All compared cells: {', '.join(common)}.")
    if floor:
        notes.append(f"- Two runs of the same differ by up to {floor:.1%}: nothing below that is a difference.")
    elif counts["faster"] or counts["slower"]:
        notes.append("- Two runs of the same differ too, by boot and warmth: --against A2, another run of the first.")
    accuracies = [(cell, cell.ratios["top1"]) for cell in cells if "top1" in cell.ratios]
    for cell, top1 in accuracies:
        if top1.p is not None and top1.p <= ALPHA:
            notes.append(f"- {' '.join(_titles(cell))}: top-1 {top1.first:.1%}, then {top1.second:.1%}: no chance.")
    if any(top1.why for _, top1 in accuracies):
        notes.append(
            "- Accuracy is compared as if of different images: two runs, not their tables, keep which were right."
        )
    if untold(cells):
        why = {ratio.why for cell in untold(cells) for ratio in [cell.ratios["throughput"]]}
        mend = "'bench merge' of its run makes it" if why == {OLD_TABLE} else "run both with --profile paper, or full"
        notes.append(f"- No interval ({', '.join(sorted(filter(None, why)))}), so nobody can tell: {mend}.")
    return notes


def _reasons_table(cells: list[Excluded], title: str) -> Table:
    table = _table(title)
    _cell_columns(table, "Because")
    alike: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        framework, model = _titles(cell)
        alike.setdefault((framework, "; ".join(cell.reasons)), []).append(model)
    for (framework, reasons), names in alike.items():
        table.add_row(framework, "\n".join(names), escape(reasons))
    return table


def _cell_columns(table: Table, last: str) -> None:
    for name in ("Framework", "Model"):
        table.add_column(name, no_wrap=True)
    table.add_column(last, ratio=1)


def _titles(cell: Choice | Excluded | CellComparison) -> tuple[str, str]:
    return framework_title(cell.framework), model_title(Variant(cell.model, cell.precision).name)


def _table(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, title=escape(title), title_justify="left", padding=(0, 1, 0, 0))


def _coloured(verdict: str) -> str:
    return f"[{_COLOURS[verdict]}]{verdict}[/{_COLOURS[verdict]}]"
