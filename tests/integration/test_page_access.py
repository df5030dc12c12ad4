"""The page for everybody: on a phone, by keyboard, read aloud, in the dark, printed, without JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.made.browser import PHONE, WIDE, Watched

_FITTED = """(letters) => [...document.querySelectorAll('.plot')].every((plot) => {
    const [frame, drawn] = [plot, plot.querySelector('.main-svg')].map((element) => element.getBoundingClientRect());
    return plot._fullLayout.font.size === letters && frame.height > 200
        && Math.abs(drawn.width - frame.width) <= 1 && Math.abs(drawn.height - frame.height) <= 1;
})"""

SHOWN_ON_A_PHONE = ["framework", "model", "throughput_fps", "fom_top1"]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(browser: Browser, report: Path, viewport: object, dark: bool) -> None:
    watched = Watched(browser, report, viewport, dark)  # type: ignore[arg-type]
    watched.draw_all()
    watched.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    found = Axe().run(watched.page)
    assert found.violations_count == 0, found.generate_report()
    watched.page.close()


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_the_page_does_not_scroll_sideways(browser: Browser, report: Path, dark: bool) -> None:
    watched = Watched(browser, report, PHONE, dark)
    watched.draw_all()
    watched.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    beyond = watched.page.evaluate(
        """() => [...document.querySelectorAll('body *:not(.skip):not(.unseen)')]
            .filter((element) => !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth + 1)
            .map((element) => element.outerHTML)"""
    )
    assert beyond == []
    assert watched.complaints == []
    watched.page.close()


def test_a_phone_shows_what_matters_and_a_hint_to_the_rest(browser: Browser, report: Path) -> None:
    watched = Watched(browser, report, PHONE)
    shown = watched.page.evaluate(
        """() => [...document.querySelectorAll('#cells th')].filter((th) => th.offsetWidth > 0)
            .map((th) => th.dataset.column)"""
    )
    assert shown == SHOWN_ON_A_PHONE
    assert watched.page.is_visible(".hint")
    watched.page.set_viewport_size(WIDE)
    watched.wait_until("document.querySelector('#cells th[data-column=peak_rss_mib]').offsetWidth > 0")
    assert watched.page.is_hidden(".hint")
    watched.page.close()


def test_everything_works_by_keyboard(browser: Browser, report: Path) -> None:
    watched = Watched(browser, report)
    page = watched.page
    page.focus("input[data-quantity=throughput]")
    page.keyboard.type("12")
    assert "of 14 cells keep the limits" in page.inner_text(".command")
    page.focus("#search")
    page.keyboard.type("squeeze")
    assert len(watched.column("model")) == 4
    for _ in range(4):
        page.keyboard.press("Tab")  # past three choices, to the columns
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first column is chosen off
    assert page.is_hidden("#cells th[data-column=framework]")
    page.keyboard.press("Space")
    page.focus("#cells th[data-column=framework] button")
    page.keyboard.press("Space")
    assert page.get_attribute("#cells th[data-column=framework]", "aria-sort") == "ascending"
    assert watched.column("framework") == ["caffe", "caffe2", "opencv", "tensorflow"]
    page.close()


def test_a_figure_is_one_stop_for_the_keyboard_and_leads_to_its_numbers(browser: Browser, report: Path) -> None:
    watched = Watched(browser, report)
    watched.draw_all()
    stops = watched.page.evaluate(
        """() => [...document.querySelectorAll('figure')].map((figure) => [...figure.querySelectorAll('*')]
            .filter((element) => element.tabIndex >= 0 && element.getClientRects().length > 0).length)"""
    )
    assert set(stops) == {1}
    watched.page.focus("#figure-2-throughput summary")
    watched.page.keyboard.press("Enter")
    numbers = watched.page.inner_text("#figure-2-throughput details")
    assert "TensorFlow · SqueezeNet v1.1: 14.4 images/s (" in numbers
    assert "Caffe · GoogLeNet: oom" in numbers
    assert watched.page.locator(".modebar").count() == 0
    watched.page.close()


def test_without_javascript_every_figure_is_an_image_and_the_table_is_whole(browser: Browser, report: Path) -> None:
    watched = Watched(browser, report, javascript=False)
    images = watched.page.locator("figure img")
    assert images.count() == watched.page.locator("figure").count() == 11
    for image in images.all():
        box = image.bounding_box()
        assert box and box["width"] > 1000 and box["height"] > 200
        assert (image.get_attribute("alt") or "").count(". ") > 0
    assert watched.page.is_hidden("#limits") and watched.page.is_hidden(".filters")
    assert watched.page.locator("#cells tbody tr").count() == 16
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
    shown = ("h1", ".badge", "figcaption", "#notes li", "nav a", "#cells tr.ok td", "#cells tr.oom td", "#count")
    for selector in shown:
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


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_word_in_a_figure_is_cut_or_turned_or_covers_another(
    browser: Browser, report: Path, viewport: object
) -> None:
    watched = Watched(browser, report, viewport)  # type: ignore[arg-type]
    watched.draw_all()
    assert watched.crowded() == []
    watched.page.close()


def test_on_paper_the_figures_are_images_and_nothing_is_to_be_pressed(browser: Browser, report: Path) -> None:
    watched = Watched(browser, report, dark=True)
    watched.draw_all()
    watched.page.emulate_media(media="print")
    assert watched.page.locator(".plot:visible").count() == 0
    assert watched.page.locator("figure img:visible").count() == 11
    for selector in ("#limits", ".filters", "nav"):
        assert watched.page.is_hidden(selector), selector
    paper = watched.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    watched.page.close()


def test_figures_fit_again_where_a_phone_is_turned_or_a_window_gets_another_width(
    browser: Browser, report: Path
) -> None:
    watched = Watched(browser, report)
    watched.draw_all()
    for viewport, letters in ((PHONE, 10), (WIDE, 12), ({**WIDE, "width": 800}, 12)):
        watched.page.set_viewport_size(viewport)
        watched.wait_until(f"({_FITTED})({letters})")
    assert watched.complaints == []
    watched.page.close()
