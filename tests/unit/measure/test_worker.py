from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from bench.catalog import frameworks
from bench.measure import worker
from bench.measure.job import Job
from bench.measure.profiles import find_profile
from bench.measure.worker import Events
from bench.records.schema import Precision


class Halving:
    """A framework that can compute in float16, on a processor that has it or not."""

    def __init__(self, half: bool) -> None:
        self.half = half

    def has_half(self) -> bool:
        return self.half

    def load(self, *_: object) -> str:
        return "in float32"

    def load_half(self, *_: object) -> str:
        return "in float16"

    def build_info(self) -> dict[str, Any]:
        return {"threads": None, "half": self.half, "computed_in": {"int8": 1}}


def job(precision: Precision) -> Job:
    plain = find_profile("smoke")
    return Job(
        framework="ncnn",
        model=Path(),
        precision=precision,
        images=Path(),
        threads=1,
        profile=plain,
        seed=1,
        predictions=None,
    )


def test_float16_is_for_its_own_rows_alone() -> None:
    framework: Any = Halving(True)
    assert worker._loaded(framework, None, job("fp16")) == "in float16"  # type: ignore[arg-type]
    for precision in ("fp32", "int8"):
        assert worker._loaded(framework, None, job(precision)) == "in float32"  # type: ignore[arg-type]


def test_a_framework_or_a_processor_without_float16_is_unavailable_in_it() -> None:
    able, unable = Halving(True), Halving(False)
    entry = frameworks()["ncnn"]
    assert worker._lacking(able, entry, "fp16") is None  # type: ignore[arg-type]
    why = "ncnn finds no arithmetic of float16 in this processor, as Cortex-A76 has (asimdhp)"
    assert worker._lacking(unable, entry, "fp16") == why  # type: ignore[arg-type]
    caffe = worker._lacking(object(), frameworks()["caffe"], "fp16")  # type: ignore[arg-type]
    assert caffe == "Caffe has no layers of float16"
    assert worker._lacking(unable, entry, "fp32") is None  # type: ignore[arg-type]
    assert worker._lacking(unable, entry, "int8") == entry.no_int8  # type: ignore[arg-type]


def test_a_row_computed_in_other_numbers_than_it_says_fails() -> None:
    half, whole = Halving(True), Halving(False)
    worker._described(half, object(), job("fp16"))  # type: ignore[arg-type]
    worker._described(whole, object(), job("fp32"))  # type: ignore[arg-type]
    for framework, precision in ((half, "fp32"), (whole, "fp16"), (half, "int8")):
        with pytest.raises(RuntimeError, match=f"ncnn does not compute in {precision}"):
            worker._described(framework, object(), job(precision))  # type: ignore[arg-type]


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def monotonic(self) -> float:
        return self.now_s

    def monotonic_ns(self) -> int:
        return round(self.now_s * 1e9)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], list[float]]:
    """Return what the supervisor hears of a wait: at which second each sign of life comes."""

    def wait(seconds: float, heartbeat_s: float) -> list[float]:
        clock = FakeClock()
        monkeypatch.setattr(worker, "time", clock)
        reader, writer = os.pipe()
        events = Events(writer)
        events.heartbeat_s = heartbeat_s
        moments: list[float] = []
        send = events.send
        monkeypatch.setattr(events, "send", lambda **event: (moments.append(clock.now_s - 100), send(**event)))
        events.wait(seconds)
        assert clock.now_s - 100 == pytest.approx(seconds)
        events._file.close()
        with os.fdopen(reader) as file:
            assert all(json.loads(line)["total"] == round(seconds) for line in file)
        return moments

    return wait


@pytest.mark.parametrize(("seconds", "timeout_s"), [(5, 3), (30, 1), (10, 300)])
def test_waiting_is_a_sign_of_life(
    heard: Callable[[float, float], list[float]], seconds: float, timeout_s: float
) -> None:
    heartbeat_s = min(worker.HEARTBEAT_S, timeout_s / 4)
    moments = [0.0, *heard(seconds, heartbeat_s), seconds]
    assert max(later - former for former, later in zip(moments, moments[1:])) < max(timeout_s, heartbeat_s * 2.01)
    assert len(moments) > seconds / heartbeat_s / 2


def test_a_short_wait_says_nothing(heard: Callable[[float, float], list[float]]) -> None:
    assert heard(0, 1) == []


def alive(seconds: float, until: Callable[[Any], object]) -> list[dict[str, Any]]:
    """Return the signs of life given during a block that ends when `until` does."""
    reader, writer = os.pipe()
    events = worker.Events(writer)
    events.heartbeat_s = 0.01
    with os.fdopen(reader) as file:
        with events.alive(seconds):
            first = until(file)
        events._file.close()
        return [json.loads(line) for line in [*([first] if first else []), *file]]


def test_a_conversion_shows_that_it_lives() -> None:
    assert alive(60, lambda file: file.readline())[0] == {"done": 0, "total": 60, "unit": "s"}


def test_a_conversion_that_takes_too_long_shows_nothing_more() -> None:
    assert alive(0, lambda _: time.sleep(0.05)) == []
