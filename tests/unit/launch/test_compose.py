"""What Compose is told by `bench up`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalog.settings import InputSettings, MeterSettings, PlaceSettings, PlanSettings
from bench.launch import compose
from bench.launch.settings import Settings


def test_a_container_sees_the_user_s_files_under_their_names(tmp_path: Path) -> None:
    one, other = tmp_path / "a,b.onnx", tmp_path / "c.onnx"
    assert compose.mounted([]) == []
    assert compose.mounted([one, other]) == [
        f"--volume={one}:/input/onnx/a,b.onnx:ro",
        f"--volume={other}:/input/onnx/c.onnx:ro",
        "--env=BENCH_ONNX=/input/onnx/a,b.onnx:/input/onnx/c.onnx",
    ]


def test_a_registry_for_plain_compose_changes_nothing_of_what_up_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("BENCH_REGISTRY", "BENCH_TAG"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(PlanSettings(), InputSettings(), MeterSettings(), PlaceSettings(results=tmp_path))
    environment = compose.container_environment(settings, ["opencv"])
    assert (environment["BENCH_REGISTRY"], environment["BENCH_TAG"]) == ("", "")  # set, so that .env does not set them
    monkeypatch.setenv("BENCH_TAG", "mine")
    assert compose.container_environment(settings, ["opencv"])["BENCH_TAG"] == "mine"
