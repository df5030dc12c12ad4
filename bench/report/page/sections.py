"""The page's tables of what follows from the results: precisions, the heat, comparisons, and the paper's findings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bench.catalog.paper import paper
from bench.catalog.titles import framework_title, model_title
from bench.decide.claims import judge
from bench.decide.compare import compare
from bench.decide.differences import Compared, Evidence, compared
from bench.decide.level import Levelled, on_one_level
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row, Stretch, Sustained
from bench.records.schema import Variant
from bench.report.answers import pairs_of
from bench.report.figures.brand import brand_of
from bench.report.marks import ratio_text
from bench.report.page.provenance import FactTable
from bench.report.run import Gathered, newest_of
from bench.results.load import LoadedResults, paired

LEVEL = (
    "Accuracy and merit in int8 are float32's less what is lost on the images of both: those that calibrated a model "
    "are not among its own."
)

_STRETCH = {
    "throughput_fps": "img/s",
    "latency_ms_p95": "ms p95",
    "power_w": "W",
    "temp_c": "°C",
    "arm_mhz": "MHz",
}


def sections(runs: Sequence[Gathered]) -> list[FactTable]:
    """Return what there is to tell, each only where it has a row."""
    newest = newest_of(runs)
    found = [precisions(newest), in_the_heat(newest), comparison(runs), claims(newest)]
    return [table for table in found if table.rows]


def precisions(newest: Sequence[Gathered]) -> FactTable:
    """Return each cell in int8 or fp16 beside the same in float32."""
    rows: list[list[str]] = []
    level = False
    for gathered in newest:
        measured, pairs = on_one_level(gathered.rows, pairs_of(gathered.folder, gathered.results))
        floats = {(row.framework, row.model): row for row in measured if row.precision == "fp32"}
        evidence = Evidence(measured, pairs)
        level |= any(isinstance(row, Levelled) for row in measured)
        for row in measured:
            other = floats.get((row.framework, row.model))
            if row.precision != "fp32" and other is not None:
                where = [gathered.short_place] if len(newest) > 1 else []
                rows.append([*where, framework_title(row.framework), *_against(row, other, evidence)])
    headings = ["Framework", "Model", "Speed", "Power", "Merit", "Memory", "Top-1 [%]", "in float32", "lost [points]"]
    return FactTable(
        "precisions",
        "Precisions beside float32",
        rows,
        ["Board", *headings] if len(newest) > 1 else headings,
        "Ratios to the same framework and model in float32, with 95 % intervals where known: ×2.00 is twice as much."
        + (f" {LEVEL}" if level else ""),
    )


def _against(row: Row, other: Row, evidence: Evidence) -> Iterator[str]:
    yield model_title(row.variant.name)
    for name in ("throughput", "power", "merit", "memory"):
        yield _times(compared(QUANTITIES[name], row, other, evidence))
    yield "" if row.top1 is None else f"{100 * row.top1:.1f}"
    yield "" if other.top1 is None else f"{100 * other.top1:.1f}"
    low, high = row.top1_loss_ci95_low, row.top1_loss_ci95_high
    between = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f})"
    yield "" if row.top1_loss is None else f"{100 * row.top1_loss:.1f}{between}"


def _times(found: Compared | None) -> str:
    if found is None:
        return ""
    spread = f" ±{math.expm1(found.difference.half()):.1%}" if found.difference else ""
    return f"×{found.ratio:.2f}{spread}"


def in_the_heat(newest: Sequence[Gathered]) -> FactTable:
    """Return what became of each cell that was measured in the heat: its first minute beside its last third."""
    rows = [
        [f"{framework_title(cell.framework)} · {model_title(cell.variant.name)}", gathered.short_place, *_heat(cell)]
        for gathered in newest
        for cell in gathered.results.sustained
    ]
    headings = ["Cell", "Board", "Minutes", "First minute", "Plateau", "Clock first fell", "Correct images/J"]
    caption = "The plateau is the last third; none where that is not steady."
    return FactTable("in-the-heat", "In the heat", rows, headings, caption)


def _heat(cell: Sustained) -> Iterator[str]:
    yield f"{cell.minutes:.0f}"
    yield _stretch(cell.first)
    yield _stretch(cell.plateau) if cell.plateau else "none: not steady"
    yield "never" if cell.clock_fell_s is None else f"after {cell.clock_fell_s:.0f} s"
    yield "" if cell.correct_images_per_joule is None else f"{cell.correct_images_per_joule:.3g}"


def _stretch(stretch: Stretch) -> str:
    known = ((getattr(stretch, name), unit) for name, unit in _STRETCH.items())
    return ", ".join(f"{value:.4g} {unit}" for value, unit in known if value is not None)


def comparison(runs: Sequence[Gathered]) -> FactTable:
    """Return each board's newest run beside the one before; without any such, every board beside the first one."""
    ordered = sorted(runs, key=lambda gathered: gathered.run.began.realtime_ns)
    newest = newest_of(runs)
    pairs = []
    for gathered in newest:
        board = (gathered.place, gathered.results.board.emulated)
        own = [one for one in ordered if (one.place, one.results.board.emulated) == board]
        pairs += [(own[-2], own[-1])] if len(own) > 1 else []
    pairs = pairs or [(newest[0], other) for other in newest[1:]]
    rows = [row for first, second in pairs for row in _compared(first, second)]
    return FactTable(
        "comparison",
        "Comparison",
        rows,
        [
            "Cell",
            "First",
            "Second",
            "First [img/s]",
            "Second [img/s]",
            "Speed ratio",
            "Power ratio",
            "Verdict",
            "Because",
        ],
        "The second ÷ the first with 95 % intervals, as 'bench compare FIRST SECOND' tells it; verdicts are corrected "
        "for their number (Holm).",
    )


def _compared(first: Gathered, second: Gathered) -> Iterator[list[str]]:
    one, other = (
        LoadedResults(gathered.run.run_id, gathered.rows, gathered.results.board.emulated, run=gathered.folder)
        for gathered in (first, second)
    )
    names = [
        gathered.run.run_id if first.place == second.place else f"{gathered.short_place}: {gathered.run.run_id}"
        for gathered in (first, second)
    ]
    for cell in compare(one.rows, other.rows, paired(other, one)):
        speed = cell.ratios.get("throughput")
        numbers = ["", ""] if speed is None else [f"{speed.first:.2f}", f"{speed.second:.2f}"]
        title = f"{framework_title(cell.framework)} · {model_title(Variant(cell.model, cell.precision).name)}"
        ratios = [ratio_text(cell.ratios.get(name)) for name in ("throughput", "power")]
        yield [title, *names, *numbers, *ratios, "broken" if cell.broken else cell.verdict, ", ".join(cell.why)]


def claims(newest: Sequence[Gathered]) -> FactTable:
    """Return the paper's findings with the verdict on each board, and on one board what it rests on."""
    judged = [judge(paper(), one.rows, one.results.board.emulated, pairs_of(one.folder, one.results)) for one in newest]
    several = len(newest) > 1
    rows = []
    for found in zip(*judged):
        grounds = [f"{part.place}: {part.numbers}" for part in found[0].parts]
        verdicts = [judgement.verdict for judgement in found]
        rows.append([found[0].statement, found[0].where, *verdicts, *([] if several else ["\n".join(grounds)])])
    brands = [brand_of(one.results.board).lower() for one in newest]
    places = [one.short_place if several else "Here" for one in newest]
    headings = [f"{place} ({brand})" if brand else place for place, brand in zip(places, brands)]
    return FactTable(
        "claims",
        "What the paper found",
        rows,
        ["Finding", "Where", *headings, *([] if several else ["Because"])],
        f"The findings of {paper().title}, as 'bench claims' judges them.",
    )
