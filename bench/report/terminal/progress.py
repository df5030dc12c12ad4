"""What the user sees while it runs: a live line on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bench.records.run import Profile
from bench.records.schema import Repetition
from bench.records.statistics import throughput
from bench.report.terminal.status import duration
from bench.runs.status import RunStatus

LOG_INTERVAL_S = 10.0


class ProgressReporter:
    """Shows a benchmark's progress.

    The live line is redrawn only when something happened, never on a timer of its own: drawing takes processor time
    that belongs to the measurement.
    """

    def __init__(self, console: Console, framework: str) -> None:
        self._console = console
        self._framework = framework
        self._live: Progress | None = None
        self._task = TaskID(0)
        self._window = ""
        self._last_line = 0.0

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._console.print(escape(text), highlight=False)

    def begin(self, model: str, repetition: int, profile: Profile, status: RunStatus | None = None) -> None:
        """Show that a repetition begins, and how far its run is."""
        several = (
            f" ({repetition} of {profile.repetitions}{'+' * (profile.repetitions_max > profile.repetitions)})"
            if profile.repetitions_max > 1
            else ""
        )
        title = f"{self._framework} {model}{several}"
        left = f"; {_left(status)}" if status else ""
        if not self._console.is_terminal:
            self.say(f"{title}: measuring{left}")
            return
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn()
        self._live = Progress(*columns, console=self._console, auto_refresh=False, transient=True)
        self._live.start()
        self._task = self._live.add_task(escape(title + left), total=None, step="starting")
        self._live.refresh()

    def event(self, event: dict[str, Any]) -> None:
        """Show an event of the measuring process."""
        if "enter" in event:
            self._window = event["enter"]
        if self._live is not None:
            step = f"{self._window} {_how_far(event)}".rstrip()
            self._live.update(self._task, step=step, completed=event.get("done", 0), total=event.get("total"))
            self._live.refresh()
        elif "done" in event and time.monotonic() - self._last_line > LOG_INTERVAL_S:
            self._last_line = time.monotonic()
            self.say(f"  {self._window}: {_how_far(event)}")

    def end(self, record: Repetition) -> None:
        """Show how a repetition, or a shard, ended."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        if record.status == "ok" and not record.inference_ns:
            outcome = "classified"
        elif record.status == "ok":
            outcome = f"{throughput(record.preprocess_ns, record.inference_ns):.2f} images/s"
        else:
            outcome = f"{record.status}: {record.error}"
        self.say(f"{record.framework} {record.variant.name}: {outcome}")


def _how_far(event: dict[str, Any]) -> str:
    return f"{event['done']} of {event['total']} {event['unit']}" if "done" in event else ""


def _left(status: RunStatus) -> str:
    """Say how far a run is, and about how long the rest takes: at least, where nothing is measured yet to tell by."""
    variants = len({(cell.model, cell.precision) for cell in status.cells})
    done = sum(cell.state not in ("left", "running") for cell in status.cells)
    about = "at least" if status.from_profile else "about"
    cells = len(status.cells) + variants * len(status.not_begun)
    return f"{done} of {cells} cells done, {about} {duration(status.left_s + status.not_begun_s)} left"
