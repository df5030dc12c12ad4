"""The results for other programs and for papers: Parquet whole, Markdown and LaTeX as compact tables."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import fastparquet
import pandas as pd

from bench.records.columns import RESULT_COLUMNS, Row
from bench.records.files import write_atomic
from bench.report.marks import marks_on
from bench.report.table import columns_for


def write_exports(rows: Sequence[Row], folder: Path, answers: Sequence[str] = ()) -> None:
    """Write results.parquet, results.md and results.tex; for several runs results.csv too, which merge has not made."""
    frame = pd.DataFrame([row.model_dump() for row in rows], columns=list(RESULT_COLUMNS))
    if not (folder / "run.json").exists():
        write_atomic(folder / "results.csv", frame.to_csv(index=False).encode())
    write_atomic(folder / "results.parquet", _parquet(frame))
    write_atomic(folder / "results.md", markdown(rows, answers).encode())
    write_atomic(folder / "results.tex", latex(rows).encode())


def markdown(rows: Sequence[Row], answers: Sequence[str] = ()) -> str:
    """Return a table for a README or an issue, with what its marks mean; the answers head it."""
    columns = columns_for(rows)
    lines = [[column.heading for column in columns], ["--:" if column.is_number else ":--" for column in columns]]
    lines += [[_md(column.text(row)) for column in columns] for row in rows]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    # A line's first ~ or * would begin a strike-through or a list.
    explained = "  \n".join(f"`{mark.symbol}` {mark.meaning}" for mark in marks_on(rows))
    head = "\n\n".join(map(_md, [*answers, _boards(rows)]))
    return f"{head}\n\n{body}\n" + (f"\n{explained}\n" if explained else "")


def latex(rows: Sequence[Row]) -> str:
    """Return a table for a paper; it needs the package booktabs."""
    columns = columns_for(rows)
    lines = [[_tex(column.text(row)) for column in columns] for row in rows]
    explained = "".join(f" {_tex(mark.symbol)} {_tex(mark.meaning)}" for mark in marks_on(rows))
    return "\n".join(
        [
            "\\begin{table}",
            f"\\caption{{{_tex(_boards(rows))}{explained}}}",
            f"\\begin{{tabular}}{{{''.join('r' if column.is_number else 'l' for column in columns)}}}",
            "\\toprule",
            " & ".join(_tex(column.heading) for column in columns) + r" \\",
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


def _boards(rows: Sequence[Row]) -> str:
    return f"Measured on {', '.join(dict.fromkeys(row.board for row in rows))}."


def _md(text: str) -> str:
    return re.sub(r"[\\`*\[\]<>|$]", r"\\\g<0>", text)


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"$\sim$", "°": r"$^\circ$", "±": r"$\pm$"}
    return "".join(special.get(letter) or (f"\\{letter}" if letter in "&%$#_{}" else letter) for letter in text)
