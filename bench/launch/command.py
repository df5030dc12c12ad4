"""`bench up`: the whole reproduction on this machine, in containers where an engine answers, else without."""

from __future__ import annotations

import os

from docker import DockerClient
from rich.console import Console

from bench.bootstrap import SetUpError, import_path
from bench.catalog.memory import needs
from bench.errors import UserError
from bench.launch.compose import compose_up
from bench.launch.doctor import examine
from bench.launch.embedded import embedded_provisions, embedded_up
from bench.launch.engine import Engine, find_engine
from bench.launch.forecast import forecast
from bench.launch.images import Image, building_minutes, find_images
from bench.launch.settings import Settings
from bench.measure.preparing import check
from bench.output import say
from bench.report.terminal.findings import findings_text
from bench.runs.locks import only_up
from bench.runs.outcome import Exit

HOW_TO_AVOID_BUILDING = (
    "Without building: --embedded measures what PyPI has; BENCH_REGISTRY and BENCH_TAG say where images are "
    "published; and 'bench up --on pi@…', typed on a PC, builds them there (docs/fleet.md)."
)


def launch(settings: Settings, embedded: bool, ignore_doctor: bool, console: Console, dry_run: bool = False) -> int:
    """Run everything, unless the doctor advises against it; return the exit code.

    A dry run ends where everything has been looked at and said, and has changed nothing.

    Raises
    ------
    UserError
        If another benchmark runs, the settings can't be used, the disk has no room, or the doctor finds what would
        waste the run, and is not to be ignored: before anything is changed.
    """
    if dry_run:
        _foresee(settings, embedded, ignore_doctor, console)
        console.print("Nothing was changed: without --dry-run it begins.")
        return Exit.OK
    try:
        import_path()
    except SetUpError as error:
        raise UserError(str(error)) from error
    with only_up(settings.results / "runs"):
        asked_for, client, images = _foresee(settings, embedded, ignore_doctor, console)
        if client is not None:
            return compose_up(client, settings, asked_for, images, console)
        return embedded_up(settings, asked_for, console)


def _foresee(
    settings: Settings, embedded: bool, ignore_doctor: bool, console: Console
) -> tuple[list[str], DockerClient | None, list[Image]]:
    """Check everything and say what is to be done; return the frameworks, and the engine and images that do it."""
    plan = check(settings.results, settings.plan, settings.inputs)
    asked_for, meter = plan.frameworks or [], settings.meter
    needed = needs(asked_for, plan.models)
    findings = examine(settings.results, meter.meter, meter.period, needed, settings.plan.board)
    console.print(findings_text(findings), highlight=False)
    engine = Engine(None) if embedded else find_engine()
    if engine.why_not:
        say(console, f"Without containers, because {engine.why_not}.")
    images = find_images(engine.client, asked_for, os.environ) if engine.client else []
    provisions = [image.provision() for image in images] or embedded_provisions(asked_for)
    building = building_minutes(images)
    for line in forecast(plan, settings.inputs, provisions, settings.results, building):
        say(console, line)
    failed = [finding.check for finding in findings if finding.level == "fail"]
    if failed and not ignore_doctor:
        raise UserError(f"that would waste the run ({', '.join(failed)}): fix it, or give --ignore-doctor")
    if building:
        say(console, HOW_TO_AVOID_BUILDING)
    return asked_for, engine.client, images
