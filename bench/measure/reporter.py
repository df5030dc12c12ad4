"""Whoever shows the user what measuring does."""

from __future__ import annotations

from typing import Any, Protocol

from bench.records.run import Profile
from bench.records.schema import Repetition
from bench.runs.status import RunStatus


class Reporter(Protocol):
    """Shows the user what happens."""

    def say(self, text: str) -> None:
        """Show a sentence."""

    def begin(self, model: str, repetition: int, profile: Profile, status: RunStatus | None = None) -> None:
        """Show that a repetition begins, and how far its run is."""

    def event(self, event: dict[str, Any]) -> None:
        """Show an event of the measuring process."""

    def end(self, record: Repetition) -> None:
        """Show how a repetition ended."""
