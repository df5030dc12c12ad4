"""`bench up` in containers, measured in rounds."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bench.catalog.settings import InputSettings, MeterSettings, PlaceSettings, PlanSettings
from bench.launch import compose
from bench.launch.engine import find_engine
from bench.launch.images import find_images
from bench.launch.settings import Settings
from bench.records.columns import Results
from bench.records.store import read_record
from tests.images.conftest import COMPOSE_TAG, NATIVE, PLATFORMS, tag_for_compose
from tests.made.rounds import only_run, order_of, two_short_rounds


@pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")
def test_frameworks_take_turns_in_their_containers(
    owned_results: Callable[[int], Path],
    shared_models: Path,
    shared_images: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    results = owned_results(os.getuid())
    tag_for_compose("tools", "opencv", "caffe")
    monkeypatch.setenv("BENCH_TAG", COMPOSE_TAG)
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", f"bench-test-rounds-{os.getpid()}")
    two_short_rounds(monkeypatch, compose, "last_opened")
    settings = Settings(
        plan=PlanSettings(models=["squeezenet"], frameworks=["opencv", "caffe"]),
        inputs=InputSettings(weights=shared_models, images=shared_images),
        meter=MeterSettings(meter="simulated"),
        place=PlaceSettings(results=results),
    )
    client = find_engine().client
    assert client is not None
    said, names = io.StringIO(), ["opencv", "caffe"]
    images = find_images(client, names, os.environ)
    assert compose.compose_up(client, settings, names, images, Console(file=said, width=1000)) == 0
    folder = only_run(results)
    told = capfd.readouterr().out + said.getvalue()
    assert told.count("correct images per joule") == told.count(str(folder.results_csv)) == 1, told
    assert (folder.path / "report.html").exists()
    order = order_of(folder)
    assert [number for number, _, _ in order] == [1, 1, 2, 2]
    assert {name for _, name, _ in order[:2]} == {name for _, name, _ in order[2:]} == {"opencv", "caffe"}
    merged = read_record(folder.results_json, Results)
    assert {(row.status, row.repetitions, row.drift) for row in merged.rows} == {("ok", 2, None)}
    assert all(row.image_digest and row.throughput_ci95_low for row in merged.rows)
