"""What `bench up` asks of the engine, and what becomes of an image that can't be built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.launch import compose


@pytest.mark.parametrize("host", ["tcp://[/red]", "nonsense", "tcp://127.0.0.1:99999", "unix:///nowhere"])
def test_an_engine_at_no_address_is_an_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    engine = compose.find_engine()
    assert engine.client is None
    assert engine.why_not.startswith("no Docker engine answers (")


def building(monkeypatch: pytest.MonkeyPatch, broken: set[str]) -> list[tuple[str, str]]:
    """Let building fail where a broken image is among the profiles or named; list what is asked for."""
    asked: list[tuple[str, str]] = []

    def run(command: Sequence[str], environment: Mapping[str, str], _: Path) -> int:
        named, profiles = " ".join(command[3:]), environment["COMPOSE_PROFILES"]
        asked.append((named, profiles))
        return 17 if broken & set((named or profiles).split(",")) else 0

    monkeypatch.setattr(compose, "run_foreground", run)
    return asked


def test_an_image_that_can_t_be_built_is_given_up_and_the_others_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = building(monkeypatch, {"caffe"})
    names = ["opencv", "caffe", "caffe2"]
    unbuilt = compose._build(names, {"COMPOSE_PROFILES": ",".join(names)})
    assert unbuilt == {"caffe": "its image can't be built: 'docker compose build caffe' says why"}
    assert asked[1:4] == [("opencv", "opencv"), ("caffe", "caffe"), ("caffe2", "caffe2")]
    assert set(asked[4][1].split(",")) == {"opencv", "caffe2"}


def test_where_no_image_can_be_built_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    building(monkeypatch, {"opencv", "caffe"})
    with pytest.raises(UserError, match="no image can be built: see above; what was measured is kept"):
        compose._build(["opencv", "caffe"], {"COMPOSE_PROFILES": "opencv,caffe"})
