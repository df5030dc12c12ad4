"""A share of the images goes to where its framework is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.catalog import find_framework
from bench.catalog.settings import PlaceSettings, PlanSettings
from bench.errors import UserError
from bench.launch import classify
from bench.launch.engine import Engine
from bench.launch.settings import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """List what is started on a computer without an engine."""
    begun: list[tuple[list[str], dict[str, str]]] = []

    def run(command: Sequence[str], environment: dict[str, str], _folder: Path) -> int:
        begun.append(([*command], environment))
        return 1

    monkeypatch.setattr(classify, "find_engine", lambda: Engine(None, "none answers"))
    monkeypatch.setattr(classify, "ensure", lambda name, *_: Path(f"/venvs/{name}/python"))
    monkeypatch.setattr(classify, "run_foreground", run)
    return begun


def test_without_an_engine_it_is_the_framework_s_own_environment(
    started: list[tuple[list[str], dict[str, str]]], tmp_path: Path
) -> None:
    plan = PlanSettings(models=["nin"], run="sept", frameworks=["opencv"])
    settings = Settings(plan, place=PlaceSettings(tmp_path))
    assert classify.classify_elsewhere(settings, find_framework("litert"), "3/64", "pi-1") == 1
    ((command, environment),) = started
    expected = ["/venvs/litert/python", "-m", "bench.cli", "classify", "litert", "--shard", "3/64", "--machine", "pi-1"]
    assert command == expected
    told = {name: environment[name] for name in ("BENCH_MODELS", "BENCH_RUN", "BENCH_FRAMEWORKS")}
    assert told == {"BENCH_MODELS": "nin", "BENCH_RUN": "sept", "BENCH_FRAMEWORKS": "litert"}


def test_a_framework_that_is_in_no_package_index_needs_its_image(
    started: list[tuple[list[str], dict[str, str]]],
) -> None:
    with pytest.raises(UserError, match=r"Caffe is not installed here, nor .*'bench up --frameworks caffe'"):
        classify.classify_elsewhere(Settings(), find_framework("caffe"), "3/64", "pi-1")
    assert started == []
