"""The results for other programs and for papers: Parquet whole, Markdown and LaTeX as compact tables."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import fastparquet
import pandas as pd

from bench.records.columns import RESULT_COLUMNS, Row
from bench.records.files import write_atomic
from bench.report.columns import mark_of
from bench.report.figures.looks import framework_title, model_title

Write = Callable[[Row], str]


def write_exports(rows: Sequence[Row], folder: Path) -> None:
    """Write results.parquet, results.md and results.tex; for several runs results.csv too, which merge has not made."""
    frame = pd.DataFrame([row.model_dump() for row in rows], columns=list(RESULT_COLUMNS))
    if not (folder / "run.json").exists():
        write_atomic(folder / "results.csv", frame.to_csv(index=False).encode())
    write_atomic(folder / "results.parquet", _parquet(frame))
    write_atomic(folder / "results.md", markdown(rows).encode())
    write_atomic(folder / "results.tex", latex(rows).encode())


def markdown(rows: Sequence[Row]) -> str:
    """Return a table for a README or an issue, with what its marks mean."""
    columns = _columns(rows)
    lines = [list(columns), [":--" if name in _WORDS else "--:" for name in columns]]
    lines += [[write(row).replace("|", "\\|") for write in columns.values()] for row in rows]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    # A line's first ~ or * would begin a strike-through or a list.
    explained = "  \n".join(f"`{mark}` {text}" for mark, text in _legend(rows))
    return f"{_boards(rows)}\n\n{body}\n" + (f"\n{explained}\n" if explained else "")


def latex(rows: Sequence[Row]) -> str:
    """Return a table for a paper; it needs the package booktabs."""
    columns = _columns(rows)
    lines = [[_tex(write(row)) for write in columns.values()] for row in rows]
    explained = "".join(f" {_tex(mark)} {_tex(text)}" for mark, text in _legend(rows))
    return "\n".join(
        [
            "\\begin{table}",
            f"\\caption{{{_tex(_boards(rows))}{explained}}}",
            f"\\begin{{tabular}}{{{''.join('l' if name in _WORDS else 'r' for name in columns)}}}",
            "\\toprule",
            " & ".join(map(_tex, columns)) + r" \\",
            "\\midrule",
            *(" & ".join(line) + r" \\" for line in lines),
            "\\bottomrule",
            "\\end{tabular}",
            "\\end{table}",
            "",
        ]
    )


def _parquet(frame: pd.DataFrame) -> bytes:
    # Whole columns without a value have no type of their own; a text column says so, a number may be missing.
    typed = frame.convert_dtypes()
    typed = typed.astype({name: "Float64" for name in RESULT_COLUMNS if typed[name].isna().all()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.parquet"
        fastparquet.write(str(path), typed, write_index=False)
        return path.read_bytes()


def _columns(rows: Sequence[Row]) -> dict[str, Write]:
    several: dict[str, Write] = {"Board": lambda row: row.board, "Run": lambda row: row.run_id}
    return {**(several if len({row.run_id for row in rows}) > 1 else {}), **_COLUMNS}


def _number(name: str, form: str, factor: float = 1) -> Write:
    def write(row: Row) -> str:
        value = getattr(row, name)
        return "" if value is None else mark_of(row, name) + format(value * factor, form)

    return write


_WORDS = ("Board", "Run", "Framework", "Model", "Status")
_COLUMNS: dict[str, Write] = {
    "Framework": lambda row: framework_title(row.framework),
    "Model": lambda row: model_title(row.model) + ("°" if row.weights == "synthetic" else ""),
    "Top-1 [%]": _number("top1", ".1f", 100),
    "Top-5 [%]": _number("top5", ".1f", 100),
    "Images/s": _number("throughput_fps", ".2f"),
    "p95 [ms]": _number("latency_ms_p95", ".1f"),
    "Power [W]": _number("power_w_mean", ".2f"),
    "J/image": _number("energy_j_per_image", ".3f"),
    "Merit [images/J]": _number("fom_top1", ".2f"),
    "MiB": _number("peak_rss_mib", ".0f"),
    "Status": lambda row: row.status,
}


def _boards(rows: Sequence[Row]) -> str:
    return f"Measured on {', '.join(dict.fromkeys(row.board for row in rows))}."


def _legend(rows: Sequence[Row]) -> list[tuple[str, str]]:
    found = []
    if any(row.boundary == "simulated" for row in rows):
        found.append(("~", "rests on simulated power, not measured."))
    if any(row.top1_source == "published" for row in rows):
        found.append(("*", "rests on published accuracy, not measured."))
    if any(row.weights == "synthetic" for row in rows):
        found.append(("°", "synthetic weights: the speed holds, but they recognise nothing."))
    return found


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"$\sim$", "°": r"$^\circ$"}
    return "".join(special.get(letter) or (f"\\{letter}" if letter in "&%$#_{}" else letter) for letter in text)
