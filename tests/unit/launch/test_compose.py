"""Which engine `bench up` finds."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from bench.catalog.settings import InputSettings, MeterSettings, PlaceSettings, PlanSettings
from bench.launch import compose
from bench.launch.settings import Settings


@pytest.mark.parametrize("host", ["tcp://[/red]", "nonsense", "tcp://127.0.0.1:99999"])
def test_an_engine_at_no_address_is_an_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    engine = compose.find_engine()
    assert engine.client is None
    assert engine.why_not.startswith("no Docker engine answers (")


def test_where_there_is_no_engine_this_is_all_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    assert compose.find_engine() == compose.Engine(None, "no Docker engine answers here")


def test_who_may_not_use_the_engine_is_told_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert compose.find_engine().why_not == (
        "you may not use the Docker engine: 'sudo usermod -aG docker $USER', then log in again"
    )


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
