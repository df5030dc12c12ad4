"""What the user asked of `bench up`: every setting, and how they travel on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bench.catalog.settings import (
    InputSettings,
    MeasureSettings,
    MeterSettings,
    PlaceSettings,
    PlanSettings,
    variables,
)


class Settings(NamedTuple):
    """Every group of settings."""

    plan: PlanSettings = PlanSettings()
    inputs: InputSettings = InputSettings()
    meter: MeterSettings = MeterSettings()
    measuring: MeasureSettings = MeasureSettings()
    place: PlaceSettings = PlaceSettings()

    @property
    def results(self) -> Path:
        """The folder of prepared models and of all runs."""
        return self.place.results

    def environment(self) -> dict[str, str]:
        """Return them as the variables that compose.yaml and every command read."""
        return variables(*self)
