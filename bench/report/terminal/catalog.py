"""What there is to choose from, as tables and for machines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from bench.catalog import frameworks, models, native_sources
from bench.catalog.suites import suites
from bench.errors import UserError
from bench.measure.profiles import PROFILES
from bench.power.meter import AFTERWARDS, find_meter, meter_class, meter_names, meter_options, why_unusable

Entry = dict[str, Any]

_WORD = 20
"""Letters of a word that is not broken for the width of a terminal; an address may be."""

_HEADINGS = {"published_top1": "Top-1", "published_top5": "Top-5"}
"""Of columns for which the name of the field would be too wide beside long ids."""


def catalog_listing() -> RenderableType:
    """Return the suites, frameworks, models, frameworks' own sources, profiles and the meters' names."""
    meters = f"Meters: auto, {', '.join(meter_names())}; 'bench list meters' tells which can be used here"
    return Group(*(part for name in LISTS if name != "meters" for part in (listed(name), "")), meters)


def listed(what: str) -> Table:
    """Return one of `LISTS` as a table."""
    entries = LISTS[what]()
    caption = "Top-1, Top-5: as published." if "published_top1" in entries[0] else None
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        caption=caption,
        caption_justify="left",
    )
    for key, value in entries[0].items():  # a list is of ids, each in a line of its own, and ids are never broken
        is_id = isinstance(value, list) or not table.columns
        words = [word for entry in entries for word in _text(entry[key]).split() if len(word) <= _WORD]
        longest = max(map(len, words), default=0)
        table.add_column(
            _HEADINGS.get(key, key.replace("_", " ").capitalize()), no_wrap=is_id, overflow="fold", min_width=longest
        )
    for entry in entries:
        table.add_row(*map(_text, entry.values()))
    return table


def _text(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return "\n".join(value) if isinstance(value, list) else re.sub(r"^(\d+)x\1$", r"\1²", str(value))


def _meters() -> list[Entry]:
    """Return every meter: what it sees, how fast, its options, and whether it can be used here or why not."""
    known = [
        {
            "meter": name,
            "sees": meter_class(name).boundary,
            "fastest_s": meter_class(name).fastest_period_s,
            "options": list(meter_options(name)),
            "here": _here(name),
        }
        for name in meter_names()
    ]
    later = "any other meter's log, after the run: 'bench import --help'"
    return [*known, {"meter": AFTERWARDS, "sees": "as told", "fastest_s": None, "options": [], "here": later}]


def _here(name: str) -> str:
    reason = why_unusable(name)
    if reason is not None:
        return f"not usable: {reason}"
    try:
        find_meter(name)
    except UserError:  # it can't do without an option
        return f"usable, once told its {meter_options(name)[0]}: {name}:{meter_options(name)[0]}=…"
    return "usable"


def _suites() -> list[Entry]:
    return [
        {
            "suite": suite.name,
            "title": suite.title,
            "frameworks": [member.name for member in suite.frameworks()],
            "models": [member.name for member in suite.models()],
        }
        for suite in suites().values()
    ]


def _frameworks() -> list[Entry]:
    return [
        {
            "framework": framework.name,
            "title": framework.title,
            "platforms_of_its_image": list(framework.platforms),
            "without_a_container": "from PyPI" if framework.embedded else f"no: {framework.unavailable}",
        }
        for framework in frameworks().values()
    ]


def _models() -> list[Entry]:
    return [
        {
            "model": model.name,
            "title": model.title,
            "input": f"{model.width}x{model.height}",
            "published_top1": model.published.top1 if model.published else None,
            "published_top5": model.published.top5 if model.published else None,
            "licence": model.licence,
        }
        for model in models().values()
    ]


def _sources() -> list[Entry]:
    return [
        {
            "source": source.name,
            "title": source.title,
            "for": source.framework,
            "models": list(source.models),
            "licence": source.licence,
        }
        for source in native_sources().values()
    ]


def _profiles() -> list[Entry]:
    return [
        {
            "profile": profile.name,
            "timed_images": profile.timed_images,
            "timed_s": profile.timed_s,
            "repetitions": profile.repetitions,
            "repetitions_max": profile.repetitions_max,
            "accuracy_images": profile.accuracy_images or "all",
        }
        for profile in PROFILES.values()
    ]


LISTS: dict[str, Callable[[], list[Entry]]] = {
    "suites": _suites,
    "frameworks": _frameworks,
    "models": _models,
    "sources": _sources,
    "profiles": _profiles,
    "meters": _meters,
}
"""What can be listed, in the order in which it is."""
