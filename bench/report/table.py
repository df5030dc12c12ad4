"""The results as a table on a terminal, with the sentences that keep a reader from misreading it."""

from __future__ import annotations

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.catalog import frameworks, models
from bench.results.schema import Results, Row


def results_table(results: Results) -> RenderableType:
    """Return the table of a run with its footnotes."""
    table = Table(box=box.SIMPLE_HEAD, title=_title(results), title_justify="left")
    table.add_column("Framework", no_wrap=True)
    table.add_column("Model", no_wrap=True)
    for heading in (
        "Top-1\n%",
        "Top-5\n%",
        "Speed\nimages/s",
        "Latency ms\np50",
        "\np95",
        "Power\nW",
        "Energy\nJ/image",
    ):
        table.add_column(heading, justify="right")
    table.add_column("Merit\nimages/J", justify="right", style="bold")
    table.add_column("Memory\nMiB", justify="right")
    table.add_column("Status")
    former = ""
    for row in results.rows:
        if former and row.framework != former:
            table.add_section()
        former = row.framework
        table.add_row(*_cells(row))
    notes = [Text(f"{mark} {text}") for mark, text in _notes(results)]
    return Group(table, *notes)


def print_results(results: Results) -> None:
    """Print the table, as wide as it needs to be where no terminal sets a limit."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    console.print(results_table(results))


def _title(results: Results) -> str:
    plan = results.plan
    threads = f"{plan.threads} thread{'s' if plan.threads > 1 else ''}"
    return escape(f"{results.board.model} · {threads} · profile {plan.profile.name} · run {results.run_id}")


def _cells(row: Row) -> list[str]:
    published = "*" if row.top1_source == "published" else ""
    weights = " (synthetic)" if row.weights == "synthetic" else ""
    status = row.status if row.status == "ok" else f"[red]{row.status}[/red]"
    simulated = "~" if row.boundary == "simulated" else ""
    return [
        frameworks()[row.framework].title,
        models()[row.model].title + weights,
        _number(row.top1, ".1f", 100) + published,
        _number(row.top5, ".1f", 100) + published,
        _number(row.throughput_fps, ".2f"),
        _number(row.latency_ms_p50, ".1f"),
        _number(row.latency_ms_p95, ".1f"),
        simulated + _number(row.power_w_mean, ".2f"),
        simulated + _number(row.energy_j_per_image, ".3f"),
        simulated + _number(row.fom_top1, ".2f") + published if row.fom_top1 is not None else "",
        _number(row.peak_rss_mib, ".0f"),
        status,
    ]


def _number(value: float | None, form: str, factor: float = 1) -> str:
    return "" if value is None else format(value * factor, form)


def _notes(results: Results) -> list[tuple[str, str]]:
    """Return what a reader has to know beside the numbers, each with its mark."""
    rows = results.rows
    notes = []
    if results.board.emulated:
        notes.append(
            ("!", "These instructions were emulated: the speeds say that it works, and nothing about a board.")
        )
    if any(row.boundary == "simulated" for row in rows):
        notes.append(("~", "Power is simulated from the processor's load, not measured."))
    if any(row.throughput_fps is not None and row.power_w_mean is None for row in rows):
        notes.append(
            ("-", "Power is empty: no meter. Connect one (for example an INA219) and choose it with BENCH_METER.")
        )
    if any(row.weights == "synthetic" for row in rows):
        notes.append(("-", "Synthetic weights run at the true speed, but recognise nothing: no accuracy, no merit."))
    if any(row.top1_source == "published" for row in rows):
        notes.append(("*", "Published accuracy: no labelled images were given (BENCH_IMAGES) to measure it."))
    counts = {row.images_classified for row in rows if row.images_classified}
    if counts:
        notes.append(("-", f"Accuracy over {' or '.join(str(count) for count in sorted(counts))} labelled images."))
    notes += [("-", f"{row.framework} {row.model}: {row.status}: {row.error}") for row in rows if row.status != "ok"]
    notes += [("-", warning) for warning in results.warnings]
    return notes
