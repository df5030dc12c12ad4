"""A page in a browser, with what it asked for and complained of."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from tests.made.program import PATIENCE_S

WIDE: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 400, "height": 800}

_ALL_DRAWN = """() => {
    const figures = [...document.querySelectorAll('figure')];
    const left = figures.find((figure) => figure.querySelector('.subplot') === null);
    left?.scrollIntoView();
    return left === undefined;
}"""
_PAUSE_S = 0.05

_CROWDED = """() => [...document.querySelectorAll('figure')].flatMap((figure) => {
    const frame = figure.querySelector('.plot').getBoundingClientRect();
    const texts = [...figure.querySelectorAll('.plot text')]
        .filter(({ textContent }) => textContent.trim() && !/(SIMUL|EMUL)ATED/.test(textContent))
        .filter((text) => !text.closest('.textpoint'))
        .map((text) => ({ text, words: text.textContent, box: text.getBoundingClientRect() }));
    const turned = ({ text }) => text.closest('.xtick, .ytick') && /rotate\\(-?[1-9]/.test(text.outerHTML);
    const cut = ({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    const overlap = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 2;
    const covered = ({ box }, place) => texts.slice(place + 1).some((other) => overlap(box, other.box));
    return Object.entries({ turned, cut, covered }).flatMap(([what, holds]) =>
        texts.filter(holds).map(({ words }) => `${figure.id}: '${words}' is ${what}`));
})"""


class Watched:
    """A page with what it asked for and complained of."""

    def __init__(
        self,
        browser: Browser,
        report: Path,
        viewport: ViewportSize = WIDE,
        dark: bool = False,
        javascript: bool = True,
    ) -> None:
        scheme = "dark" if dark else "light"
        self.page: Page = browser.new_page(viewport=viewport, color_scheme=scheme, java_script_enabled=javascript)
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(report.as_uri())

    def draw_all(self) -> None:
        """Scroll to every figure, so that all are drawn."""
        self.wait_until(_ALL_DRAWN)
        self.page.evaluate("window.scrollTo(0, 0)")

    def wait_until(self, script: str) -> None:
        """Wait until a script is true. (Playwright's own waiting evaluates text, which the page's policy forbids.)"""
        end_s = time.monotonic() + PATIENCE_S
        while not self.page.evaluate(script):
            assert time.monotonic() < end_s, script
            time.sleep(_PAUSE_S)

    def column(self, name: str) -> list[str]:
        """Return a column's exact values in the rows that are shown, from top to bottom."""
        script = """(name) => {
            const place = [...document.querySelectorAll('#cells th')].findIndex((th) => th.dataset.column === name);
            const rows = [...document.querySelectorAll('#cells tbody tr')].filter((row) => !row.hidden);
            return rows.map((row) => row.cells[place].dataset.value);
        }"""
        found: list[str] = self.page.evaluate(script, name)
        return found

    def sort(self, name: str) -> None:
        """Click on a heading."""
        self.page.click(f"#cells th[data-column={name}] button")

    def crowded(self) -> list[str]:
        """Return the words in figures that are cut, turned upright, or cover each other; a watermark may be covered."""
        found: list[str] = self.page.evaluate(_CROWDED)
        return found
