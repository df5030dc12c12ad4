"""What there is to choose from, as tables."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from bench.catalog import frameworks, models, native_sources
from bench.catalog.suites import suites
from bench.errors import UserError
from bench.measure.profiles import PROFILES
from bench.power.meter import AFTERWARDS, find_meter, meter_class, meter_names, meter_options, why_unusable


def catalog_listing() -> RenderableType:
    """Return the suites, frameworks, models, frameworks' own sources, profiles and meters."""
    meters = f" Meters: auto, {', '.join(meter_names())}; 'bench list meters' tells which can be used here\n"
    return Group(_suites(), _frameworks(), _models(), _sources(), _profiles(), meters)


def meter_listing() -> RenderableType:
    """Return every meter: what it sees, how fast, its options, and whether it can be used here or why not."""
    table = Table("Meter", "Sees", "Fastest", "Options", "Here", box=box.SIMPLE_HEAD)
    table.columns[0].no_wrap = True
    for name in meter_names():
        kind = meter_class(name)
        table.add_row(
            name,
            kind.boundary or "-",
            f"{kind.fastest_period_s:.3g} s",
            ", ".join(meter_options(name)) or "-",
            _here(name),
        )
    table.add_row(AFTERWARDS, "as told", "its own", "-", "any other meter's log, after the run: 'bench import --help'")
    return table


def _here(name: str) -> str:
    reason = why_unusable(name)
    if reason is not None:
        return f"not usable: {reason}"
    try:
        find_meter(name)
    except UserError:  # it can't do without an option
        return f"usable, once told its {meter_options(name)[0]}: {name}:{meter_options(name)[0]}=…"
    return "usable"


def _suites() -> Table:
    table = Table("Suite", "", "Frameworks", "Models", box=box.SIMPLE_HEAD)
    for suite in suites().values():
        names = [", ".join(member.name for member in members) for members in (suite.frameworks(), suite.models())]
        table.add_row(suite.name, suite.title, *names)
    return table


def _frameworks() -> Table:
    table = Table("Framework", "", "Platforms of its image", "Without a container", box=box.SIMPLE_HEAD)
    for framework in frameworks().values():
        without = "from PyPI" if framework.embedded else f"no: {framework.unavailable}"
        table.add_row(framework.name, framework.title, ", ".join(framework.platforms), without)
    return table


def _models() -> Table:
    table = Table("Model", "", "Input", "Published top-1 / top-5", "Licence", box=box.SIMPLE_HEAD)
    table.columns[0].no_wrap = True
    for model in models().values():
        published = [f"{share:.1%}" if share is not None else "-" for share in _published(model.name)]
        table.add_row(model.name, model.title, f"{model.width}x{model.height}", " / ".join(published), model.licence)
    return table


def _sources() -> Table:
    table = Table("Source", "", "For", "Models", "Licence", box=box.SIMPLE_HEAD)
    for source in native_sources().values():
        table.add_row(source.name, source.title, source.framework, ", ".join(source.models), source.licence)
    return table


def _published(name: str) -> tuple[float | None, float | None]:
    published = models()[name].published
    return (published.top1, published.top5) if published else (None, None)


def _profiles() -> Table:
    table = Table("Profile", "Timed", "Repetitions", "Accuracy over", box=box.SIMPLE_HEAD)
    for profile in PROFILES.values():
        timed = f"at least {profile.timed_images} images and {profile.timed_s:g} s"
        several = f"{profile.repetitions} to {profile.repetitions_max}" if profile.repetitions_max > 1 else "1"
        accuracy = f"{profile.accuracy_images} images" if profile.accuracy_images else "every labelled image"
        table.add_row(profile.name, timed, several, accuracy)
    return table
