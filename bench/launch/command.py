"""`bench up`: the whole reproduction on this machine, in containers where an engine answers, else without."""

from __future__ import annotations

from rich.console import Console

from bench.catalog.memory import needs
from bench.errors import UserError
from bench.launch.compose import compose_up, find_engine
from bench.launch.doctor import examine
from bench.launch.embedded import embedded_up
from bench.launch.settings import Settings
from bench.measure.preparing import check
from bench.report.terminal.findings import findings_text
from bench.runs.locks import only_up


def launch(settings: Settings, embedded: bool, ignore_doctor: bool, console: Console) -> int:
    """Run everything, unless the doctor advises against it; return the exit code.

    Raises
    ------
    UserError
        If another benchmark runs, the settings can't be used, or the doctor finds what would waste the run, and is
        not to be ignored: before anything is changed.
    """
    with only_up(settings.results / "runs"):
        plan = check(settings.results, settings.plan, settings.inputs)
        asked_for = plan.frameworks or []
        meter = settings.meter
        findings = examine(
            settings.results, meter.meter, meter.period, needs(asked_for, plan.models), settings.plan.board
        )
        console.print(findings_text(findings), highlight=False)
        failed = [finding.check for finding in findings if finding.level == "fail"]
        if failed and not ignore_doctor:
            raise UserError(f"that would waste the run ({', '.join(failed)}): fix it, or give --ignore-doctor")
        if not embedded:
            engine = find_engine()
            if engine.client is not None:
                return compose_up(engine.client, settings, asked_for, console)
            console.print(f"Without containers, because {engine.why_not}.", highlight=False, markup=False)
        return embedded_up(settings, asked_for, console)
