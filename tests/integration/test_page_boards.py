"""The page of several runs: told apart, on one scale, and of a size that a browser opens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from bench.report.run import Gathered, gather
from bench.report.write import write_report
from tests.made.browser import PHONE, Watched
from tests.made.quantised import quantised
from tests.made.runs import made_cells, made_run

BOARDS = {
    "Raspberry Pi 3 Model B Rev 1.2": "Pi 3B",
    "Raspberry Pi 3 Model B Plus Rev 1.3": "Pi 3B+",
    "Raspberry Pi 4 Model B Rev 1.4": "Pi 4B",
    "Raspberry Pi 5 Model B Rev 1.0": "Pi 5B",
    "Raspberry Pi Zero 2 W Rev 1.0": "Pi Zero 2 W",
    "simulated Raspberry Pi 4 Model B Rev 1.4": "simulated Pi 4B",
}
FIELDS = [f"{name}{end}" for name in ("throughput", "fom_top1") for end in ("_ci95_low", "_ci95_high")]
FIELDS += ["throughput_fps", "fom_top1"]
DAY_NS = 86_400 * 10**9
MB = 1_000_000


def again(gathered: Gathered, number: int, board: str) -> Gathered:
    """Return a run as if it had been measured again, so many days later on another board, which is as much faster."""
    name = f"run-{number:03d}"
    run = gathered.run
    began = run.began.model_copy(update={"realtime_ns": run.began.realtime_ns + number * DAY_NS})
    faster = (1 + 0.3 * list(BOARDS).index(board)) * (1 + 0.01 * (number % 4))
    rows = [
        row.model_copy(
            update={
                "run_id": name,
                "board": board,
                "energy_j_per_image": row.energy_j_per_image and row.energy_j_per_image / faster,
                **{name: row_value * faster for name in FIELDS if (row_value := getattr(row, name)) is not None},
            }
        )
        for row in gathered.results.rows
    ]
    is_simulated = board.startswith("simulated ")
    model = gathered.results.board.model_copy(update={"model": board, "simulated": is_simulated})
    results = gathered.results.model_copy(update={"run_id": name, "board": model, "rows": rows})
    changed = run.model_copy(update={"run_id": name, "board": model, "began": began})
    return replace(gathered, run=changed, results=results)


def test_a_wide_window_has_room_for_what_is_seen_first_and_breaks_no_digest(browser: Browser, tmp_path: Path) -> None:
    # The last one says of a row without numbers why it has none.
    names = list(BOARDS)[2:4]
    runs = [
        made_run(tmp_path / "runs", f"r{day}", board=board, day=day, repetitions=3) for day, board in enumerate(names)
    ]
    watched = Watched(browser, write_report([gather(run) for run in runs], tmp_path, tmp_path / "report"))
    room = watched.page.evaluate(
        "(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('#results .scroll'))"
    )
    assert room[0] == room[1]
    lines = watched.page.evaluate(
        """[...document.querySelectorAll('#measured-on td[data-heading="Containers"]')].map(cell =>
            (cell.clientHeight - 2 * parseFloat(getComputedStyle(cell).paddingTop))
            / parseFloat(getComputedStyle(cell).lineHeight) / cell.textContent.split("\\n").length)"""
    )
    assert [round(of_a_digest) for of_a_digest in lines] == [2, 2], "each in one piece, under its framework"


def test_several_runs_are_told_apart_and_filtered(browser: Browser, tmp_path: Path) -> None:
    names = list(BOARDS)[2:4] + list(BOARDS)[:1]
    runs = [made_run(tmp_path / "runs", f"r{day}", board=board, day=day) for day, board in enumerate(names)]
    watched = Watched(browser, write_report([gather(run) for run in runs], tmp_path, tmp_path / "report"))
    watched.draw_all()
    assert watched.page.inner_text("#count") == "48 of 48 cells"
    watched.page.select_option("select[data-column=board]", label="Pi 3B")
    assert watched.column("run_id") == ["r2"] * 16
    legend = watched.page.text_content("#boards-throughput .plot") or ""
    assert all(BOARDS[name] in legend for name in names)
    charts = {chart["name"]: chart["layout"] for chart in json.loads(watched.page.text_content("#charts") or "")}
    scales = [axis["range"] for name, axis in charts["boards-throughput"].items() if name.startswith("yaxis")]
    assert len(scales) == 4 and scales[0][0] == 0 and scales.count(scales[0]) == 4
    assert watched.page.locator("figure").first.get_attribute("id") == "boards-accuracy-energy"
    assert watched.page.locator("#comparison").count() == watched.page.locator("#claims").count() == 1
    watched.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    found = Axe().run(watched.page)
    assert found.violations_count == 0, found.generate_report()
    assert watched.complaints == []
    watched.page.close()


def test_of_an_emulated_board_nothing_is_chosen_and_nobody_can_overlook_it(browser: Browser, tmp_path: Path) -> None:
    gathered = gather(made_run(tmp_path / "runs", boundary=None, predictions=0))
    board = gathered.results.board.model_copy(update={"emulated": True})
    emulated = replace(gathered, results=gathered.results.model_copy(update={"board": board}))
    watched = Watched(browser, write_report([emulated], tmp_path, tmp_path / "report"))
    watched.draw_all()
    assert watched.page.inner_text(".badge").startswith("EMULATED BOARD")
    assert watched.page.inner_text(".sentence").startswith("Nothing can be recommended for this board")
    assert watched.page.locator("#limits").count() == 0
    missing = watched.page.inner_text(".missing")
    assert "Figure 3. Power: power was not measured: connect a meter" in missing
    drawn = watched.page.locator(".plot").all_text_contents()
    assert len(drawn) < 11 and all("EMULATED BOARD" in text for text in drawn)
    assert watched.complaints == []
    watched.page.close()


def test_a_page_of_six_boards_and_more_than_forty_cells_each_is_small_and_answers_for_each(
    browser: Browser, tmp_path: Path
) -> None:
    one = gather(made_run(tmp_path / "runs", cells=made_cells("all")[:40], repetitions=3))
    runs = [again(one, number, board) for number, board in enumerate(BOARDS)]
    path = write_report(runs, tmp_path, tmp_path / "report")
    assert path.stat().st_size <= 8 * MB
    for viewport in (None, PHONE):
        watched = Watched(browser, path, **({"viewport": viewport} if viewport else {}))  # type: ignore[arg-type]
        watched.draw_all()
        assert watched.page.inner_text("#count") == "264 of 264 cells"
        assert watched.page.locator(".sentence").count() == 6
        assert watched.crowded() == []
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watched.complaints == []
        watched.page.close()


def test_of_more_cells_than_a_browser_takes_the_table_has_the_main_columns_and_says_so(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.report.page.page.MOST_ROWS", 63)
    one = gather(quantised(made_run(tmp_path / "runs", repetitions=3), "opencv"))
    runs = [again(one, number, board) for number, board in enumerate(list(BOARDS)[:2])]
    watched = Watched(browser, write_report(runs, tmp_path, tmp_path / "report"))
    assert watched.page.inner_text("#count") == "64 of 64 cells"
    told = (
        "Each row is a cell, in the main columns; all 64 cells with every column are in results.csv beside this page."
    )
    assert told in watched.page.inner_text("#results")
    assert watched.page.locator("#columns input").count() < 20
    watched.page.select_option("select[data-column=precision]", "int8")
    assert watched.page.inner_text("#count") == "32 of 64 cells"
    assert watched.complaints == []
    watched.page.close()


def test_a_page_of_five_hundred_runs_is_thinned_and_opens(browser: Browser, tmp_path: Path) -> None:
    one = gather(made_run(tmp_path / "runs", repetitions=3))
    runs = [again(one, number, list(BOARDS)[number % 6]) for number in range(500)]
    path = write_report(runs, tmp_path, tmp_path / "report")
    assert path.stat().st_size < 10 * MB
    watched = Watched(browser, path)
    watched.draw_all()
    assert watched.page.inner_text("#count") == "96 of 96 cells"
    assert "all 8,000 cells are in results.csv" in watched.page.inner_text("#results")
    assert len((tmp_path / "report" / "results.csv").read_text().splitlines()) == 8001
    assert watched.complaints == []
    watched.page.close()
