"""`bench up`: the whole reproduction on this machine, in containers where an engine answers, else without."""

from __future__ import annotations

from docker import DockerClient
from rich.console import Console

from bench.catalog.memory import needs
from bench.errors import UserError
from bench.launch.compose import Engine, compose_provisions, compose_up, find_engine
from bench.launch.doctor import examine
from bench.launch.embedded import embedded_provisions, embedded_up
from bench.launch.forecast import forecast
from bench.launch.settings import Settings
from bench.measure.preparing import check
from bench.report.terminal.findings import findings_text
from bench.runs.locks import only_up
from bench.runs.outcome import Exit


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
    with only_up(settings.results / "runs"):
        asked_for, client = _foresee(settings, embedded, ignore_doctor, console)
        if client is not None:
            return compose_up(client, settings, asked_for, console)
        return embedded_up(settings, asked_for, console)


def _foresee(
    settings: Settings, embedded: bool, ignore_doctor: bool, console: Console
) -> tuple[list[str], DockerClient | None]:
    """Check everything and say what is to be done; return the frameworks, and the engine whose containers do it."""
    plan = check(settings.results, settings.plan, settings.inputs)
    asked_for, meter = plan.frameworks or [], settings.meter
    needed = needs(asked_for, plan.models)
    findings = examine(settings.results, meter.meter, meter.period, needed, settings.plan.board)
    console.print(findings_text(findings), highlight=False)
    engine = Engine(None) if embedded else find_engine()
    if engine.why_not:
        console.print(f"Without containers, because {engine.why_not}.", highlight=False, markup=False)
    provisions = compose_provisions(engine.client, asked_for) if engine.client else embedded_provisions(asked_for)
    for line in forecast(plan, settings.inputs, provisions, settings.results):
        console.print(line, highlight=False, markup=False)
    failed = [finding.check for finding in findings if finding.level == "fail"]
    if failed and not ignore_doctor:
        raise UserError(f"that would waste the run ({', '.join(failed)}): fix it, or give --ignore-doctor")
    return asked_for, engine.client
