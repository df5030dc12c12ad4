"""The documents: what they show was measured, and what they point to and name is there."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import tomllib
import yaml
from rich.console import Console

from bench import __version__
from bench.records.columns import RESULT_COLUMNS, Results
from bench.records.store import read_record
from bench.report.terminal.results import results_table
from bench.runs.outcome import Exit
from docs import program
from tests.made.documents import NOT_RUN, ROOT, Shown, anchors, documents, kind, links, shown_commands

REFERENCE = ROOT / "results" / "reference" / "run"

FOREIGN = {
    "--install": "binfmt",
    "--list-reasons": "sinfo",
    "--no-deps": "docker compose",
    "--privileged": "docker run",
    "--profile": "docker compose",
    "--rm": "docker compose run",
}
"""Options of other programs that the documents show."""


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def test_the_readme_has_at_most_120_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_readme_s_table_is_that_of_the_reference_run() -> None:
    console = Console(width=1000, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115
    console.print(results_table(read_record(REFERENCE / "results.json", Results), console.width))
    shown = [line.rstrip() for line in console.export_text().splitlines()]
    readme = [line.rstrip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    rows = [line for line in shown if line.strip() and not line.startswith("- ")]
    assert len(rows) > 16
    assert [line for line in rows[1:] if line not in readme] == []


@pytest.mark.parametrize("document", documents(), ids=named)
def test_what_a_document_points_to_is_there(document: Path) -> None:
    missing = []
    for target in links(document):
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(target)
    assert missing == []


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_option_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", document.read_text()))
    assert named - program.option_names() - set(FOREIGN) - {"--help", "--version"} == set()


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_variable_that_a_document_names_is_read_somewhere(document: Path) -> None:
    named = set(re.findall(r"\bBENCH_\w+\*?", document.read_text()))
    assert named - program.variables() - set(program.variables_of_compose()) - {"BENCH_"} == set()


def test_every_column_of_the_results_is_described() -> None:
    text = (ROOT / "docs" / "results-files.md").read_text()
    table = text[text.index("| column |") :].split("\n\n")[0]
    described = [name for line in table.splitlines() for name in re.findall(r"`(…?\w+)`", line.split("|")[1])]
    ends = tuple(name[1:] for name in described if name.startswith("…"))
    named = [name for name in RESULT_COLUMNS if not name.endswith(ends)]
    assert sorted(name for name in described if not name.startswith("…")) == sorted(named)


class _Loaded(HTMLParser):
    """Collects what a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {
            "link": ("href",),
            "script": ("src",),
            "img": ("src", "srcset"),
            "iframe": ("src",),
            "form": ("action",),
        }
        self.addresses += [value for name, value in attrs if name in wanted.get(tag, ()) and value]


def test_the_documentation_builds_without_a_warning_and_asks_nobody_else_for_anything(tmp_path: Path) -> None:
    sphinx = Path(sys.executable).parent / "sphinx-build"
    command = [
        sphinx,
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "-d",
        tmp_path / "trees",
        ROOT / "docs",
        tmp_path / "html",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "html").rglob("*.html"))
    assert len(pages) > len(list((ROOT / "docs").glob("*.md")))
    for page in pages:
        loaded = _Loaded()
        loaded.feed(page.read_text())
        assert loaded.addresses
        assert [address for address in loaded.addresses if re.match(r"(\w+:)?//", address)] == []
    for sheet in (tmp_path / "html").rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:\w+:)?//", sheet.read_text()) == []


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    changes = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert citation["version"] == changes[0] == __version__
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "bench.__version__"}
    # The images and the pages take theirs from the release's tag and from the program.
    assert "ARG VERSION=dev" in (ROOT / "images" / "Dockerfile").read_text()
    assert __version__ not in (ROOT / "docs" / "conf.py").read_text()


def test_the_citation_file_has_what_its_format_requires() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    (paper,) = citation["references"]
    assert {"type", "title", "authors"} <= set(paper)
    for author in [*citation["authors"], *paper["authors"]]:
        assert {"name"} == set(author) or {"family-names", "given-names"} == set(author)
    assert [author["family-names"] in (ROOT / "README.md").read_text() for author in paper["authors"]] == [True] * 4
    assert paper["title"] in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=named)
def test_a_form_for_issues_asks_each_thing_once(form: Path) -> None:
    read = yaml.safe_load(form.read_text())
    assert {"name", "description", "body"} <= set(read)
    asked = [part for part in read["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({part["id"] for part in asked}) == len(asked) > 2
    assert all(part["attributes"]["label"] for part in asked)


@pytest.mark.parametrize("shown", shown_commands(), ids=lambda shown: shown.command[:60])
def test_every_command_that_is_shown_is_run_by_a_test_or_it_is_said_why_not(shown: Shown) -> None:
    assert kind(shown.command)


def test_what_is_said_to_be_run_nowhere_is_shown_somewhere() -> None:
    assert set(NOT_RUN) <= {shown.command for shown in shown_commands()}


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_file_of_the_project_that_a_document_names_is_there(document: Path) -> None:
    spans = re.findall(r"`((?:bench|docs|images|requirements|tests|\.github)/[\w./-]*)`", document.read_text())
    places = {span for span in spans if "NAME" not in span}
    assert {place for place in places if not (ROOT / place).exists()} == set()


def test_every_exit_code_is_explained() -> None:
    text = (ROOT / "docs" / "start.md").read_text()
    explained = re.findall(r"^\| (\d+) \|", text[text.index("| exit code |") :], re.MULTILINE)
    assert [int(code) for code in explained] == sorted(Exit)
