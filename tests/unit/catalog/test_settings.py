"""Settings are said once, and travel as variables."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from bench.catalog.settings import InputSettings, MeasureSettings, MeterSettings, PlaceSettings, PlanSettings, variables

GROUPS = (PlanSettings, InputSettings, MeterSettings, MeasureSettings, PlaceSettings)


@pytest.mark.parametrize(("ambient", "text"), [(None, ""), (0.0, "0.0"), (21.5, "21.5")])
def test_settings_travel_as_variables(ambient: float | None, text: str) -> None:
    plan = PlanSettings(models=["nin", "goog"], ambient=ambient, power_supply="official 15 W", board="simulated:pi4")
    told = variables(
        plan,
        MeasureSettings(force=True, timeout=9),
        InputSettings(images=Path("a"), onnx=[Path("b,c.onnx"), Path("d.onnx")]),
    )
    assert told["BENCH_MODELS"] == "nin,goog"
    assert told["BENCH_AMBIENT"] == text
    assert told["BENCH_POWER_SUPPLY"] == "official 15 W"
    assert told["BENCH_BOARD"] == "simulated:pi4"
    assert (told["BENCH_FORCE"], told["BENCH_TIMEOUT"]) == ("1", "9")
    assert (told["BENCH_IMAGES"], told["BENCH_WEIGHTS"]) == (str(Path("a").resolve()), "")
    assert told["BENCH_ONNX"].split(":") == [str(Path("b,c.onnx").resolve()), str(Path("d.onnx").resolve())]


def test_no_two_settings_share_a_name_or_a_variable() -> None:
    settings = [field for group in GROUPS for field in fields(group)]
    assert len({field.name for field in settings}) == len({field.metadata["variable"] for field in settings})
    assert len(settings) == len({field.name for field in settings})
