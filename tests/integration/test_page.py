"""The page as a reader has it: in a browser that must ask for nothing but the file."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bench.records.columns import RESULT_COLUMNS
from bench.report.run import gather
from bench.report.write import write_report
from tests.made.program import PATIENCE_S
from tests.made.runs import made_cells, made_run, with_cell

WIDE: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 400, "height": 800}
FIGURES = 11


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("BENCH_REQUIRE_ENGINE"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a run in which everything happens that can happen to a cell."""
    folder = tmp_path_factory.mktemp("page")
    cells = with_cell(made_cells(), "caffe", "googlenet", status="oom", error="killed for want of memory")
    cells = with_cell(cells, "caffe2", "nin", throttled=True)
    cells = with_cell(cells, "opencv", "nin", weights="synthetic")
    run = made_run(folder / "runs", cells=cells, boundary="simulated", repetitions=3)
    return write_report([gather(run)], folder, run.path)


class Watched:
    """A page with what it asked for and complained of."""

    def __init__(self, browser: Browser, report: Path, viewport: ViewportSize = WIDE, dark: bool = False) -> None:
        self.page: Page = browser.new_page(viewport=viewport, color_scheme="dark" if dark else "light")
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(report.as_uri())
        self.page.wait_for_function("document.querySelectorAll('.plot .subplot.xy').length === charts.length")

    def column(self, name: str, shown: bool = True) -> list[str]:
        """Return a column's exact values from top to bottom."""
        script = """([name, shown]) => {
            const place = [...document.querySelectorAll('#cells th')].findIndex((th) => th.dataset.column === name);
            const rows = [...document.querySelectorAll('#cells tbody tr')].filter((row) => !shown || !row.hidden);
            return rows.map((row) => row.cells[place].dataset.value);
        }"""
        found: list[str] = self.page.evaluate(script, [name, shown])
        return found

    def sort(self, name: str) -> None:
        self.page.click(f"#cells th[data-column={name}] button")


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
            [th.dataset.column, [...document.querySelectorAll('#cells tbody tr')].map((row) => {
                const [value, mark] = [row.cells[place], row.cells[place].querySelector('i')];
                return value.textContent.slice(mark ? mark.textContent.length : 0);
            })]))"""
    )
    assert set(texts) == set(RESULT_COLUMNS)
    compared = 0
    for name in RESULT_COLUMNS:
        for line, exact, text in zip(lines, wide.column(name), texts[name]):
            if re.fullmatch(r"-?[\d.]+(e-?\d+)?", line[name]) and name != "framework_version":
                assert float(exact) == float(line[name]), name
                assert float(text) == pytest.approx(float(line[name]), rel=6e-4), name
                compared += 1
            else:
                assert (exact, text) == (line[name], line[name]), name
    assert compared > 350


def test_the_page_asks_for_nothing_and_complains_of_nothing(wide: Watched, report: Path) -> None:
    wide.page.hover("#figure-2-throughput .plot")
    wide.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert wide.requests == [report.as_uri()]
    assert wide.complaints == []


def test_the_page_refuses_to_ask_for_anything(wide: Watched) -> None:
    refused = wide.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')")
    assert refused == "refused"
    assert any("Content Security Policy" in complaint for complaint in wide.complaints)


def test_a_click_on_a_heading_sorts_and_another_one_turns_it_round(wide: Watched) -> None:
    wide.sort("throughput_fps")
    values = wide.column("throughput_fps")
    assert values[-1] == ""  # the failed cell stays at the end
    assert [float(value) for value in values[:-1]] == sorted(float(value) for value in values[:-1])
    assert wide.page.get_attribute("#cells th[data-column=throughput_fps]", "aria-sort") == "ascending"
    wide.sort("throughput_fps")
    turned = wide.column("throughput_fps")
    assert turned == [*reversed(values[:-1]), ""]
    wide.sort("model")
    assert wide.column("model") == sorted(wide.column("model"))
    assert wide.page.get_attribute("#cells th[data-column=throughput_fps]", "aria-sort") is None


def test_choosing_filters_the_rows_and_counts_them(wide: Watched) -> None:
    wide.page.select_option("select[data-column=framework]", "caffe")
    assert wide.column("framework") == ["caffe"] * 4  # and none of caffe2
    assert wide.page.inner_text("#count") == "4 of 16 cells"
    wide.page.select_option("select[data-column=status]", "oom")
    assert wide.column("model") == ["googlenet"]
    wide.page.select_option("select[data-column=framework]", "")
    wide.page.select_option("select[data-column=status]", "")
    wide.page.fill("#search", "squeeze tensor")
    assert (wide.column("framework"), wide.column("model")) == (["tensorflow"], ["squeezenet_v1.1"])


def test_everything_works_by_keyboard(wide: Watched) -> None:
    wide.page.focus("#search")
    wide.page.keyboard.type("squeeze")
    assert len(wide.column("model")) == 4
    for _ in range(4):
        wide.page.keyboard.press("Tab")  # past three choices, to the button for all columns
    wide.page.keyboard.press("Enter")
    assert wide.page.is_visible("#cells th[data-column=load_s]")
    wide.page.keyboard.press("Tab")  # the table's own scrolling
    wide.page.keyboard.press("Tab")
    wide.page.keyboard.press("Space")
    assert wide.page.get_attribute("#cells th[data-column=framework]", "aria-sort") == "ascending"
    assert wide.column("framework") == ["caffe", "caffe2", "opencv", "tensorflow"]


def test_the_columns_that_matter_are_seen_at_first_and_all_on_demand(wide: Watched) -> None:
    assert wide.page.is_hidden("#cells th[data-column=image_digest]")
    assert wide.page.is_visible("#cells th[data-column=fom_top1]")
    wide.page.click("#columns")
    for name in RESULT_COLUMNS:
        assert wide.page.is_visible(f"#cells th[data-column={name}]"), name


def test_every_figure_is_drawn_with_title_and_caption_of_its_board(wide: Watched) -> None:
    figures = wide.page.query_selector_all("figure")
    assert len(figures) == FIGURES
    for figure in figures:
        assert figure.query_selector(".subplot.xy") is not None
        title, caption = figure.query_selector("h3"), figure.query_selector("figcaption")
        assert title is not None and title.inner_text()
        assert caption is not None and caption.inner_text().startswith("Raspberry Pi 4 Model B Rev 1.4")


def test_what_is_not_as_it_should_be_is_said_and_seen(wide: Watched) -> None:
    notes = wide.page.inner_text("#notes")
    for expected in ("simulated from the processor's load", "Synthetic weights", "killed for want of memory"):
        assert expected in notes
    assert "throttled: the firmware reported" in notes
    for name in ("figure-3-power", "figure-4-merit", "accuracy-energy", "timeline"):
        assert "SIMULATED POWER" in (wide.page.text_content(f"#{name} .plot") or ""), name
    assert "SIMULATED" not in (wide.page.text_content("#figure-2-throughput .plot") or "")
    written = wide.page.text_content("#figure-2-throughput .plot") or ""
    assert "oom" in written and "throttled" in written


def test_a_bar_is_as_high_as_its_field(wide: Watched) -> None:
    heights = wide.page.evaluate(
        "charts.find((chart) => chart.name === 'figure-2-throughput').data.flatMap((trace) => trace.y)"
    )
    assert sorted(heights) == sorted(float(value) for value in wide.column("throughput_fps") if value)


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_the_page_does_not_scroll_sideways(browser: Browser, report: Path, dark: bool) -> None:
    watched = Watched(browser, report, PHONE, dark)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    beyond = watched.page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter((element) => !element.closest('.scroll, .skip')
            && element.getBoundingClientRect().right > innerWidth + 1).map((element) => element.outerHTML)"""
    )
    assert beyond == []
    assert watched.complaints == []
    watched.page.close()


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)` (WCAG 2.2, definition of relative luminance)."""
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_in_light_and_in_dark(browser: Browser, report: Path, dark: bool) -> None:
    watched = Watched(browser, report, dark=dark)
    papers = watched.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (luminance(papers) < 0.05) == dark
    for selector in ("h1", "figcaption", "#notes li", "nav a", "#cells tr.ok td", "#cells tr.oom td", "#count"):
        ink, paper = watched.page.evaluate(
            """(selector) => {
                const element = document.querySelector(selector);
                let behind = element;
                const clear = (node) => getComputedStyle(node).backgroundColor === 'rgba(0, 0, 0, 0)';
                while (behind.parentElement && clear(behind)) behind = behind.parentElement;
                return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
            }""",
            selector,
        )
        lighter, darker = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, selector  # WCAG 2.2, 1.4.3
    watched.page.close()


def test_figures_follow_when_the_reader_turns_from_light_to_dark(wide: Watched) -> None:
    paper = "document.querySelector('#memory .plot')._fullLayout.paper_bgcolor"
    light = wide.page.evaluate(paper)
    wide.page.emulate_media(color_scheme="dark")
    wide.page.wait_for_function(f"{paper} !== '{light}'")
    assert wide.page.evaluate(paper) == "#11151a"
    assert wide.complaints == []


def test_several_runs_are_told_apart_and_filtered(browser: Browser, tmp_path: Path) -> None:
    names = ["Raspberry Pi 3 Model B Rev 1.2", "Raspberry Pi 4 Model B Rev 1.4", "Raspberry Pi 5 Model B Rev 1.0"]
    runs = [made_run(tmp_path / "runs", f"r{day}", board=board, day=day) for day, board in enumerate(names)]
    watched = Watched(browser, write_report([gather(run) for run in runs], tmp_path, tmp_path / "report"))
    assert watched.page.inner_text("#count") == "48 of 48 cells"
    watched.page.select_option("select[data-column=board]", names[2])
    assert watched.column("run_id") == ["r2"] * 16
    legend = watched.page.text_content("#boards-throughput .plot") or ""
    assert all(name in legend for name in names)
    watched.page.close()
