"""The page as a reader has it: in a browser that must ask for nothing but the file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.records.columns import RESULT_COLUMNS
from tests.made.browser import Watched

FIGURES = 11
PERCENT = {"top1", "top5"}


@pytest.fixture
def wide(browser: Browser, report: Path) -> Iterator[Watched]:
    watched = Watched(browser, report)
    yield watched
    watched.page.close()


def test_every_field_on_the_page_is_that_of_results_csv(wide: Watched, report: Path) -> None:
    with (report.parent / "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 16
    texts = wide.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('#cells th')].map((th, place) =>
            [th.dataset.column, [...document.querySelectorAll('#cells tbody tr')]
                .map((row) => row.cells[place].firstChild?.data ?? '')]))"""
    )
    assert set(texts) == set(RESULT_COLUMNS)
    compared = 0
    for name in RESULT_COLUMNS:
        for line, exact, text in zip(lines, wide.column(name), texts[name]):
            assert (exact == line[name]) or float(exact) == float(line[name]), name
            number = re.fullmatch(r"~?(-?[\d.]+(?:e-?\d+)?)[*‡¶]*", text)
            if number and re.fullmatch(r"-?[\d.]+(e-?\d+)?", line[name]) and name != "framework_version":
                written = float(number[1]) / (100 if name in PERCENT else 1)
                half = 10.0 ** -len(number[1].partition(".")[2]) / 2 / (100 if name in PERCENT else 1)
                assert written == pytest.approx(float(line[name]), rel=6e-4, abs=half * 1.001), name
                compared += 1
    assert compared > 350


def test_the_table_has_titles_and_per_cent_and_intervals_like_every_other(wide: Watched) -> None:
    row = wide.page.locator("#cells tbody tr", has_text="SqueezeNet").filter(has_text="TensorFlow")
    cells = [text.strip() for text in row.locator("td").all_inner_texts()]
    assert cells[:2] == ["TensorFlow", "SqueezeNet v1.1"]
    assert re.fullmatch(r"58\.0\s*48 to 67", cells[2])
    assert any(re.fullmatch(r"14\.\d\d\s*±\d\.\d%", cell) for cell in cells)


def test_the_page_asks_for_nothing_and_complains_of_nothing(wide: Watched, report: Path) -> None:
    wide.draw_all()
    wide.page.hover("#figure-2-throughput .plot")
    wide.page.fill("input[data-quantity=throughput]", "5")
    assert wide.requests == [report.as_uri()]
    assert wide.complaints == []


def test_the_page_refuses_to_ask_for_anything_and_to_run_what_is_not_its_own(wide: Watched) -> None:
    refused = wide.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')")
    assert refused == "refused"
    wide.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert wide.page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in complaint for complaint in wide.complaints) >= 2


def test_a_click_on_a_heading_sorts_best_first_and_another_one_turns_it_round(wide: Watched) -> None:
    wide.sort("throughput_fps")
    values = wide.column("throughput_fps")
    assert values[-1] == ""  # the failed cell stays at the end
    assert [float(value) for value in values[:-1]] == sorted(map(float, values[:-1]), reverse=True)
    assert wide.page.get_attribute("#cells th[data-column=throughput_fps]", "aria-sort") == "descending"
    wide.sort("throughput_fps")
    assert wide.column("throughput_fps") == [*reversed(values[:-1]), ""]
    wide.sort("latency_ms_p95")
    least = [float(value) for value in wide.column("latency_ms_p95") if value]
    assert least == sorted(least)
    wide.sort("model")
    assert wide.column("model") == sorted(wide.column("model"))
    assert wide.page.get_attribute("#cells th[data-column=throughput_fps]", "aria-sort") is None


def test_choosing_filters_the_rows_and_counts_them(wide: Watched) -> None:
    wide.page.select_option("select[data-column=framework]", label="Caffe")
    assert wide.column("framework") == ["caffe"] * 4  # and none of caffe2
    assert wide.page.inner_text("#count") == "4 of 16 cells"
    wide.page.select_option("select[data-column=status]", "oom")
    assert wide.column("model") == ["googlenet"]
    wide.page.select_option("select[data-column=framework]", "")
    wide.page.select_option("select[data-column=status]", "")
    wide.page.fill("#search", "squeeze tensor")
    assert (wide.column("framework"), wide.column("model")) == (["tensorflow"], ["squeezenet_v1.1"])


def test_the_columns_that_matter_are_seen_at_first_and_any_on_demand(wide: Watched) -> None:
    assert wide.page.is_hidden("#cells th[data-column=image_digest]")
    assert wide.page.is_visible("#cells th[data-column=fom_top1]")
    wide.page.click("#columns summary")
    wide.page.check("#columns input[value=image_digest]")
    wide.page.uncheck("#columns input[value=fom_top1]")
    assert wide.page.is_visible("#cells th[data-column=image_digest]")
    assert wide.page.is_hidden("#cells th[data-column=fom_top1]")
    assert wide.page.locator("#columns input").count() == len(RESULT_COLUMNS)


def test_the_first_column_stays_when_the_table_is_scrolled(wide: Watched) -> None:
    wide.page.click("#columns summary")
    wide.page.check("#columns input[value=image_digest]")
    wide.page.evaluate("document.querySelector('#results .scroll').scrollLeft = 400")
    first = wide.page.locator("#cells tbody tr td").first.bounding_box()
    frame = wide.page.locator("#results .scroll").bounding_box()
    assert first and frame and abs(first["x"] - frame["x"]) < 3


def test_every_figure_is_drawn_with_title_and_caption_of_its_board(wide: Watched) -> None:
    wide.draw_all()
    figures = wide.page.query_selector_all("figure")
    assert len(figures) == FIGURES
    for figure in figures:
        assert figure.query_selector(".subplot") is not None
        title, caption = figure.query_selector("h3"), figure.query_selector("figcaption")
        assert title is not None and title.inner_text()
        assert caption is not None and caption.inner_text().startswith("Raspberry Pi 4 Model B Rev 1.4")


def test_nothing_moves_when_a_figure_is_drawn_instead_of_its_image(wide: Watched) -> None:
    wide.draw_all()
    heights = wide.page.evaluate(
        """[...document.querySelectorAll('figure')].map((figure) =>
            [parseFloat(figure.querySelector('img').style.height), figure.querySelector('.plot').offsetHeight])"""
    )
    assert len(heights) == FIGURES
    assert all(before == pytest.approx(after, abs=1) for before, after in heights)
    assert wide.page.locator("figure img:visible").count() == 0


def test_what_is_not_as_it_should_be_is_said_and_seen(wide: Watched) -> None:
    wide.draw_all()
    notes = wide.page.inner_text("#notes")
    for expected in ("simulated from the processor's load", "Synthetic weights", "killed for want of memory"):
        assert expected in notes
    assert "throttled: the firmware reported" in notes
    assert "SIMULATED POWER" in wide.page.inner_text(".badge")
    for name in ("figure-3-power", "figure-4-merit", "accuracy-energy", "timeline"):
        assert "SIMULATED POWER" in (wide.page.text_content(f"#{name} .plot") or ""), name
    assert "SIMULATED" not in (wide.page.text_content("#figure-2-throughput .plot") or "")
    written = wide.page.text_content("#figure-2-throughput .plot") or ""
    assert "oom" in written and "throttled" in written


def test_the_library_sets_up_what_the_figures_are_made_of_and_no_more(wide: Watched) -> None:
    wide.draw_all()
    charts = json.loads(wide.page.text_content("#charts") or "")
    used = {trace["type"] for chart in charts for trace in chart["data"]}
    assert set(wide.page.evaluate("Object.keys(Plotly.PlotSchema.get().traces)")) == used == {"bar", "scatter"}


def test_a_bar_is_as_high_as_its_field(wide: Watched) -> None:
    charts = json.loads(wide.page.text_content("#charts") or "")
    chart = next(chart for chart in charts if chart["name"] == "figure-2-throughput")
    heights = [value for trace in chart["data"] for value in trace["y"]]
    assert sorted(heights) == sorted(float(value) for value in wide.column("throughput_fps") if value)


def test_no_figure_has_a_path_that_leads_nowhere(wide: Watched) -> None:
    wide.draw_all()
    broken = wide.page.evaluate(
        """[...document.querySelectorAll('.plot path')]
            .filter((path) => /NaN|undefined/.test(path.getAttribute('d') ?? '')).length"""
    )
    assert broken == 0


def test_figures_follow_when_the_reader_turns_from_light_to_dark(wide: Watched) -> None:
    wide.draw_all()
    paper = "document.querySelector('#memory .plot')._fullLayout.paper_bgcolor"
    light = wide.page.evaluate(paper)
    wide.page.emulate_media(color_scheme="dark")
    wide.wait_until(f"{paper} !== '{light}'")
    assert wide.page.evaluate(paper) == "#11151a"
    assert wide.complaints == []
