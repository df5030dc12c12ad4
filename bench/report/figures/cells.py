"""The figures of one run that have a bar for every cell: the paper's four, the two parts of the time, and memory."""

from __future__ import annotations

from collections.abc import Sequence

from bench.catalog import models
from bench.catalog.titles import model_title
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row
from bench.records.proportions import share_ci95
from bench.report.figures.bands import bands
from bench.report.figures.chart import INK, Bars, Chart, Glyph, Interval, Label, Look
from bench.report.figures.grid import STARS, Grid, cell_panel, levels
from bench.report.figures.looks import BY_OTHERS
from bench.report.figures.published import Reference
from bench.report.figures.scales import long_unit
from bench.report.run import Gathered

INTERVALS = "Whiskers are 95 % intervals over the repetitions, where there are at least two."


def accuracy(gathered: Gathered) -> Chart:
    """Return Figure 1: top-1 and top-5, measured beside published."""
    grid = Grid(gathered.rows, extra=1)
    counts = sorted({row.images_classified for row in grid.rows if row.images_classified})
    over = f" over {' or '.join(f'{count:,}' for count in counts)} labelled images" if counts else ""

    def measured(row: Row, share: float | None) -> float | None:
        return share * 100 if share is not None and row.top1_source == "measured" else None

    def interval(row: Row, share: float | None) -> Interval:
        if measured(row, share) is None or share is None or not row.images_classified:
            return None
        low, high = share_ci95(share, row.images_classified)
        return low * 100, high * 100

    panels = [
        cell_panel(
            grid,
            "Top-1 accuracy",
            "%",
            lambda row: measured(row, row.top1),
            lambda row: interval(row, row.top1),
            accuracy=True,
            told_unit="% top-1",
            before=_published(grid, "top1"),
        ),
        cell_panel(
            grid,
            "Top-5 accuracy",
            "%",
            lambda row: measured(row, row.top5),
            lambda row: interval(row, row.top5),
            accuracy=True,
            told_unit="% top-5",
            before=_published(grid, "top5"),
        ),
    ]
    return Chart(
        "figure-1-accuracy",
        "Figure 1. Accuracy, measured beside published",
        gathered.subject,
        f"Share of images whose class is the first (top-1) or among the first five (top-5){over}. Whiskers are 95 % "
        "intervals for that number of images. Published is what each model's authors state for the whole ILSVRC-2012 "
        f"validation set, where they do.{_stars([row for row in grid.rows if row.top1_source == 'measured'])}",
        grid.axis(),
        panels,
    )


def throughput(gathered: Gathered, references: list[Reference]) -> Chart:
    """Return Figure 2: images per second, with what others published for this kind of board behind."""
    grid = Grid(gathered.rows)
    behind, told = bands(grid, references, gathered.results.board, lambda found: 1000 / found.latency_ms)
    panel = cell_panel(
        grid,
        "Throughput",
        long_unit(QUANTITIES["throughput"]),
        lambda row: row.throughput_fps,
        lambda row: _pair(row.throughput_ci95_low, row.throughput_ci95_high),
        before=behind,
    )
    return Chart(
        "figure-2-throughput",
        "Figure 2. Throughput",
        gathered.subject,
        f"Images per second, one at a time, counting preprocessing and inference. {INTERVALS}{told}",
        grid.axis(),
        [panel],
    )


def energy(gathered: Gathered, references: list[Reference]) -> Chart:
    """Return joules per image, with what others published for this kind of board behind."""
    grid = Grid(gathered.rows)
    behind, told = bands(grid, references, gathered.results.board, lambda found: found.energy_j)
    panel = cell_panel(
        grid,
        "Energy",
        long_unit(QUANTITIES["energy"]),
        lambda row: row.energy_j_per_image,
        lambda row: _pair(row.energy_j_per_image_ci95_low, row.energy_j_per_image_ci95_high),
        power=True,
        before=behind,
    )
    return Chart(
        "energy",
        "Energy",
        gathered.subject,
        f"Joules per image, of whatever the meter sees. {INTERVALS}{told}",
        grid.axis(),
        [panel],
    )


def power(gathered: Gathered) -> Chart:
    """Return Figure 3: power, and what the idle board takes."""
    grid = Grid(gathered.rows)
    boundaries = sorted({row.boundary for row in grid.rows if row.boundary})
    panel = cell_panel(
        grid,
        "Power",
        "W",
        lambda row: row.power_w_mean,
        lambda row: _pair(row.power_w_min, row.power_w_max),
        power=True,
        after=[levels("Idle", Look(INK), grid, lambda row: row.power_w_idle)],
    )
    seen = f" Boundary of what the meter sees: {', '.join(boundaries)}." if boundaries else " Nobody measured power."
    return Chart(
        "figure-3-power",
        "Figure 3. Power",
        gathered.subject,
        "Mean power over the timed window; whiskers reach from the smallest to the largest sample, the line across "
        f"each bar is the idle board just before.{seen}",
        grid.axis(),
        [panel],
    )


def merit(gathered: Gathered) -> Chart:
    """Return Figure 4: the figure of merit."""
    grid = Grid(gathered.rows)
    panels = [
        cell_panel(
            grid,
            "Top-1 merit",
            long_unit(QUANTITIES["merit"]),
            lambda row: row.fom_top1,
            lambda row: _pair(row.fom_top1_ci95_low, row.fom_top1_ci95_high),
            power=True,
            accuracy=True,
            told_unit="correct images/J",
        ),
        cell_panel(
            grid,
            "Top-5 merit",
            long_unit(QUANTITIES["merit"]),
            lambda row: row.fom_top5,
            lambda row: _pair(row.fom_top5_ci95_low, row.fom_top5_ci95_high),
            power=True,
            accuracy=True,
            told_unit="images/J right within five",
        ),
    ]
    return Chart(
        "figure-4-merit",
        "Figure 4. Figure of merit",
        gathered.subject,
        "Correctly recognised images per joule = accuracy × throughput ÷ power; more is better. Whiskers are 95 % "
        f"intervals, where known.{_stars([row for row in grid.rows if row.fom_top1 is not None])}",
        grid.axis(),
        panels,
    )


def phases(gathered: Gathered) -> Chart:
    """Return preprocessing and inference, each on a scale of its own: one is often a hundredth of the other."""
    grid = Grid(gathered.rows)
    panels = [
        cell_panel(grid, "Preprocessing", "ms", lambda row: row.preprocess_ms, told_unit="ms of preprocessing"),
        cell_panel(grid, "Inference", "ms", lambda row: row.inference_ms, told_unit="ms of inference"),
    ]
    return Chart(
        "preprocessing-inference",
        "Preprocessing and inference",
        gathered.subject,
        "Mean time per image: preprocessing (crop, mean subtraction, scaling) above, inference below; "
        "the two scales differ.",
        grid.axis(),
        panels,
    )


def memory(gathered: Gathered) -> Chart:
    """Return the memory that each cell takes."""
    grid = Grid(gathered.rows)
    panel = cell_panel(grid, "Peak memory", "MiB", lambda row: row.peak_rss_mib)
    return Chart(
        "memory",
        "Memory",
        gathered.subject,
        "The most memory that the measuring process held (resident set), framework and model and all.",
        grid.axis(),
        [panel],
    )


def _stars(rows: Sequence[Row]) -> str:
    return "".join(f" {mark.symbol} {mark.meaning}" for mark in STARS if any(map(mark.applies, rows)))


def _pair(low: float | None, high: float | None) -> Interval:
    return (low, high) if low is not None and high is not None else None


def _published(grid: Grid, field: str) -> list[Glyph]:
    shares = {name: getattr(models()[name].published, field, None) for name in grid.models if name in models()}
    stated = {name: share * 100 for name, share in shares.items() if share is not None}
    bars = Bars(
        "Published",
        BY_OTHERS,
        [grid.place(name, 0) for name in stated],
        list(stated.values()),
        grid.width * 0.92,
        [f"Published · {model_title(name)}: {value:.4g} %" for name, value in stated.items()],
    )
    return [bars, *(Label(grid.place(name, 0), 0.0, "not stated") for name in grid.models if name not in stated)]
