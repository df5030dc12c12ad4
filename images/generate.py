"""`make generate`: renders what repeats the catalog's lists, the program's options and the reference run.

A line with `generated: NAME` begins a region and one with `end of generated` ends it; between them stands what the
template `templates/NAME.j2` makes of them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.catalog import Framework, frameworks, models
from bench.catalog.settings import PlanSettings, variables
from bench.catalog.suites import find_suite, suites
from bench.measure.profiles import PROFILES
from bench.records.columns import Results
from bench.records.store import read_record
from bench.report.answers import answer_of
from bench.runs.folder import RunFolder
from docs import program

ROOT = Path(__file__).resolve().parents[1]
_REFERENCE = RunFolder(ROOT / "results" / "reference" / "run")
_RIVALS = ROOT / "results" / "reference" / "rivals.csv"
"""What `python3 tests/benchmark rivals` wrote in November 2026."""
_NEAR_PERCENT = 10
"""By how much the speeds of frameworks have to differ to name one as faster: they were not measured at once."""

_REGION = re.compile(
    r"^(?P<begin>.*\bgenerated: (?P<name>[a-z-]+)\b.*\n)(?:.*\n)*?(?P<end>.*\bend of generated\b)", re.M
)


def files_with_regions() -> list[Path]:
    """Return every file that has a region, of those that are written by hand around it."""
    candidates = [*(ROOT / name for name in ("compose.yaml", "docker-bake.hcl", "Makefile", "README.md"))]
    candidates += sorted((ROOT / "docs").rglob("*.md"))
    return [path for path in candidates if _REGION.search(path.read_text(encoding="utf-8"))]


def rendered(text: str) -> str:
    """Return a file's text with every region rendered anew; raises jinja2's TemplateNotFound for an unknown one."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    reference = read_record(_REFERENCE.results_json, Results)
    environment.globals.update(
        frameworks=list(frameworks().values()),
        suites=list(suites().values()),
        profiles=_profiles,
        architectures=_architectures,
        debian=_debian,
        models=list(models().values()),
        answer=answer_of(_REFERENCE, reference),
        reference=reference,
        speeds=_speeds(),
        near=_near,
        near_percent=_NEAR_PERCENT,
        program=program,
        measuring=PROFILES,
        plan_variables=[name for name in variables(PlanSettings()) if name != "BENCH_RUN"],
    )

    def render(region: re.Match[str]) -> str:
        return region["begin"] + environment.get_template(f"{region['name']}.j2").render() + region["end"]

    return _REGION.sub(render, text)


def _speeds() -> dict[str, list[dict[str, str]]]:
    """Return the rows of the rivals' table by the title of their model, the fastest first."""
    with _RIVALS.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: -float(row["images/s"]))
    titled = [
        {**row, "title": frameworks()[row["framework"]].title, "of sgemm": row["of sgemm"].replace("%", " %")}
        for row in rows
    ]
    return {model.title: [row for row in titled if row["model"] == model.name] for model in find_suite().models()}


def _near(rows: list[dict[str, str]]) -> list[str]:
    """Return the titles of those that are as fast as the first one, or nearly."""
    least = float(rows[0]["images/s"]) * (1 - _NEAR_PERCENT / 100)
    return [row["title"] for row in rows if float(row["images/s"]) >= least]


def _profiles(framework: Framework) -> list[str]:
    """Return the profiles of Compose that a framework's service has: its suites, and its own name."""
    return [*(suite.name for suite in suites().values() if framework in suite.frameworks()), framework.name]


def _architectures(platforms: Iterable[str]) -> str:
    """Return platforms as the build's TARGETARCH says them."""
    return " ".join(platform.split("/")[1] for platform in platforms)


def _debian(framework: Framework) -> str:
    """Return the packages that it has from Debian, each after its architecture."""
    return " ".join(
        f"{_architectures([platform])}={package}"
        for platform, packages in framework.debian.items()
        for package in packages
    )


def main() -> None:
    """Write every file that is no longer what is rendered, and name it."""
    for path in files_with_regions():
        text = path.read_text(encoding="utf-8")
        if (anew := rendered(text)) != text:
            path.write_text(anew, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
