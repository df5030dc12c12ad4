"""The page of what nobody thinks of first: names that break pages, and runs of which nearly everything is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.names import printable
from bench.report.run import gather
from bench.report.write import write_report
from tests.made.browser import PHONE, WIDE, Watched
from tests.made.runs import MadeCell, made_run

NAMES = {
    "quoted": ('Bob\'s "Pi" & <b>5</b> \\ {{ 7 * 7 }} $x$ %{x}', "`Pi` 'of' Éric's; DROP TABLE cells --"),
    "script": ("</script><script>window.ran = 1</script>", '<img src=x onerror="window.ran = 1"> Pi'),
    "emoji": ("🍓 Pi 5 👩\u200d🔬", "🇨🇭 Pi 5 🧪"),
    "right to left": ("لوحة راسبيري باي", "\u202eurof ip yrrebpsar"),
    "200 letters": ("W" * 200, f"{'a long name ' * 16}of a Pi"),
    "alike but in the middle": (f"{'a' * 80} one {'z' * 80}", f"{'a' * 80} two {'z' * 80}"),
}
CELLS = [MadeCell(framework, model) for framework in ("opencv", "caffe") for model in ("nin", "squeezenet_v1.1")]
FAILED = [MadeCell(cell.framework, cell.model, status="failed", error="no such file") for cell in CELLS]

_UNSAID = re.compile(r"NaN|undefined|\bNone\b|\bnull\b|\bnan\b|\binf\b|Infinity|\[object")

_CLIPPED = """() => [...document.querySelectorAll('body *:not(.skip):not(.unseen)')]
    .filter((element) => element.getClientRects().length && !element.closest('.scroll, svg, .unseen'))
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1
        || (getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1))
    .map((element) => element.outerHTML.slice(0, 300))"""


def page_of(browser: Browser, folder: Path, runs: Sequence[tuple[str, dict[str, object]]]) -> str:
    """Return what the page of these boards and runs says, after looking at all of it, wide and on a phone."""
    made = [
        made_run(folder / "runs", f"r{day}", board=board, day=day, **options)  # type: ignore[arg-type]
        for day, (board, options) in enumerate(runs)
    ]
    path = write_report([gather(run) for run in made], folder, folder / "report")
    said = ""
    for viewport in (PHONE, WIDE):
        watched = Watched(browser, path, viewport)
        watched.draw_all()
        watched.page.evaluate(
            """() => {
                document.querySelectorAll('details').forEach((each) => { each.open = true; });
                document.querySelectorAll('#columns input:not(:checked)').forEach((each) => each.click());
            }"""
        )
        said = watched.page.inner_text("body")
        drawn = "\n".join(watched.page.locator(".plot").all_text_contents())
        assert _UNSAID.findall(f"{said}\n{drawn}") == []
        assert watched.crowded() == []
        assert watched.page.evaluate(_CLIPPED) == []
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watched.page.evaluate("window.ran") is None
        assert watched.complaints == []
        watched.page.close()
    return said


@pytest.mark.parametrize("kind", NAMES)
def test_a_board_may_be_called_anything(browser: Browser, tmp_path: Path, kind: str) -> None:
    said = page_of(browser, tmp_path, [(name, {"cells": CELLS, "predictions": 20}) for name in NAMES[kind]])
    for name in NAMES[kind]:
        assert f"On the {' '.join(printable(name).split())} use " in said


def test_a_run_of_one_cell_answers_with_it(browser: Browser, tmp_path: Path) -> None:
    said = page_of(browser, tmp_path, [("Pi", {"cells": CELLS[:1]})])
    assert "On this board use OpenCV with Network in Network: " in said


def test_a_run_of_failed_cells_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    said = page_of(browser, tmp_path, [("Pi", {"cells": FAILED, "predictions": 0})])
    assert "Nothing can be recommended for this board: none of 4 cells ended well (4 failed); mend " in said
    assert "no such file" in said


_NO_POWER = "power was not measured: connect a meter ('bench list meters')"
_NO_ACCURACY = "accuracy was not measured: give labelled images (--images FOLDER)"


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ({"boundary": None}, [f"{_NO_POWER}; until then this ranks by speed alone", f"Figure 3. Power: {_NO_POWER}"]),
        ({"predictions": 0}, ["the accuracy is the published one", f"measured beside published: {_NO_ACCURACY}"]),
        (
            {"boundary": None, "predictions": 0},
            [f"{_NO_POWER}; until then", f"measured beside published: {_NO_ACCURACY}"],
        ),
    ],
    ids=["power", "accuracy", "both"],
)
def test_what_is_missing_is_said_with_what_gives_it(
    browser: Browser, tmp_path: Path, lacking: dict[str, object], expected: list[str]
) -> None:
    said = page_of(browser, tmp_path, [("Pi", {"cells": CELLS, **lacking})])
    assert [words for words in expected if words not in said] == []


def test_boards_without_a_common_cell_are_told_apart_and_not_compared(browser: Browser, tmp_path: Path) -> None:
    said = page_of(browser, tmp_path, [("Pi", {"cells": CELLS[:2]}), ("Other Pi", {"cells": CELLS[2:]})])
    assert "On the Pi use OpenCV" in said and "On the Other Pi use Caffe" in said
