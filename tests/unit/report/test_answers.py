"""The sentence that says what to use stands wherever results are read."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from bench.report.answers import answers
from bench.report.exports import write_exports
from bench.report.page.page import page
from bench.report.run import Gathered, gather, newest_of
from bench.report.terminal.results import merge_and_print
from tests.made.runs import made_run


def gathered(runs: Path, name: str, **fields: str) -> Gathered:
    return gather(made_run(runs, name, **fields))


def test_it_heads_the_page_and_the_markdown_and_ends_what_merge_prints(tmp_path: Path) -> None:
    one = gathered(tmp_path, "one")
    (sentence,) = answers([one])
    assert sentence.startswith("On this board use ")
    html = page([one], [], [], {})
    assert html.index('<p class="sentence">On this board use ') < html.index('id="results"')
    write_exports(one.rows, one.folder.path, [sentence])
    assert (one.folder.path / "results.md").read_text().startswith(sentence)
    written = io.StringIO()
    merge_and_print(one.folder, Console(file=written, width=80), end=False)
    lines = written.getvalue().split("\n\n")[-1].splitlines()
    assert " ".join(" ".join(lines).split()) == sentence
    assert max(map(len, lines)) <= 80


def test_several_boards_have_a_sentence_each(tmp_path: Path) -> None:
    runs = [gathered(tmp_path, name, board=board) for name, board in (("a", "Pi 4"), ("b", "Pi 5"), ("c", "Pi 5"))]
    told = answers(newest_of(runs))
    assert [sentence.split(" use ")[0] for sentence in told] == ["On the Pi 4", "On the Pi 5"]
