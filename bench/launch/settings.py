"""The options of `bench up`, and how they travel on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.records.schema import Conditions


@dataclass(frozen=True)
class Settings:
    """What the user asked of `bench up`; the fields are its options."""

    weights: Path | None
    images: Path | None
    models: list[str]
    profile: str
    accuracy_images: int | None
    threads: int
    meter: str
    run: str
    force: bool
    results: Path
    board: str
    conditions: Conditions
    period_s: float

    def environment(self) -> dict[str, str]:
        """Return the options as the `BENCH_*` variables that compose.yaml and every command read."""
        values = {
            "BENCH_MODELS": self.weights and self.weights.resolve(),
            "BENCH_IMAGES": self.images and self.images.resolve(),
            "BENCH_ONLY_MODELS": ",".join(self.models),
            "BENCH_PROFILE": self.profile,
            "BENCH_ACCURACY_IMAGES": self.accuracy_images,
            "BENCH_THREADS": self.threads,
            "BENCH_METER": self.meter,
            "BENCH_RUN": self.run,
            "BENCH_FORCE": self.force,
            "BENCH_RESULTS": self.results.resolve(),
            "BENCH_BOARD": self.board,
            "BENCH_AMBIENT": "" if self.conditions.ambient_c is None else str(self.conditions.ambient_c),
            "BENCH_POWER_SUPPLY": self.conditions.power_supply,
            "BENCH_COOLING": self.conditions.cooling,
            "BENCH_PERIOD": self.period_s,
        }
        return {name: str(int(value) if value is True else value) if value else "" for name, value in values.items()}
