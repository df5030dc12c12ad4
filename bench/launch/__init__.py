"""`bench up`: the whole reproduction on this machine, in containers where an engine answers, else without."""

from __future__ import annotations

from rich.console import Console

from bench.launch.compose import compose_up, find_engine
from bench.launch.embedded import embedded_up
from bench.launch.settings import Settings


def launch(settings: Settings, embedded: bool, console: Console) -> int:
    """Run everything; return the exit code."""
    if not embedded:
        engine = find_engine()
        if engine.client is not None:
            return compose_up(engine.client, settings, console)
        console.print(f"Without containers, because {engine.why_not}.", highlight=False)
    return embedded_up(settings, console)
