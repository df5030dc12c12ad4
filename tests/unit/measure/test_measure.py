"""One repetition as the worker makes it, with a made framework and a clock that only inference moves."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import frameworks
from bench.measure import events as told_events
from bench.measure import worker
from bench.measure.job import Job
from bench.measure.profiles import find_profile
from tests.made.prepared import made_images, made_model

LABELS = (2, 1, 0, 1, 2)
SMOKE = find_profile("smoke").model_copy(update={"idle_s": 0, "timed_images": 4})


class Clock:
    """Stands for the module `time` in the worker: passes only by inferring and sleeping."""

    def __init__(self) -> None:
        self.ns = 100 * 10**9

    def sleep(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)

    def monotonic_ns(self) -> int:
        return self.ns

    def perf_counter_ns(self) -> int:
        return self.ns

    def monotonic(self) -> float:
        return self.ns / 1e9


@dataclass
class Framework:
    """Takes so long for each inference and knows six classes, of which it finds 1 to 5 most probable, in this order."""

    clock: Clock
    threads: int | None = 2
    inference_s: float = 1.0
    asked_for: list[int] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)

    def load(self, _model: object, threads: int) -> Framework:
        self.asked_for.append(threads)
        self.clock.sleep(3.0)
        return self

    def infer(self, blob: np.ndarray) -> np.ndarray:
        assert blob.shape == (1, 3, 32, 32)
        self.seen.append(blob.tobytes())
        self.clock.sleep(self.inference_s)
        return np.array([0.01, 0.5, 0.2, 0.15, 0.1, 0.04], np.float32)

    def build_info(self) -> dict[str, Any]:
        return {"version": "1", "threads": self.threads}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five labelled images, and a model of no files."""
    root = tmp_path_factory.mktemp("results")
    made_images(root, LABELS)
    made_model(root, "nin")
    return root


def job(results: Path, **fields: object) -> Job:
    given = {
        "framework": "opencv",
        "model": results / "prepared" / "nin",
        "images": results / "prepared" / "images",
        "threads": 2,
        "profile": SMOKE,
        "seed": 1,
        "predictions": None,
        **fields,
    }
    return Job.model_validate(given)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (worker, told_events):
        monkeypatch.setattr(module, "time", clock)
    return clock


def events(monkeypatch: pytest.MonkeyPatch, framework: Framework, asked: Job) -> list[dict[str, Any]]:
    """Measure, and return what the supervisor is told."""
    monkeypatch.setattr(frameworks, "adapter", lambda _: framework)
    reader, writer = os.pipe()
    told = told_events.Events(writer)
    try:
        worker.measure(asked, told)
    finally:
        told._file.close()
        with os.fdopen(reader) as file:
            lines = file.readlines()
    return [json.loads(line) for line in lines]


def test_every_window_and_time_is_told_in_order(monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock) -> None:
    found = events(monkeypatch, Framework(clock), job(results))
    windows = [event["window"] for event in found if "window" in event]
    assert [window["name"] for window in windows] == ["idle", "load", "warm-up", "timed", "idle"]
    timed = windows[3]
    assert timed["end_ns"] - timed["begin_ns"] == 4 * 10**9
    (times,) = (event for event in found if "inference_ns" in event)
    assert (times["inference_ns"], times["preprocess_ns"]) == ([10**9] * 4, [0] * 4)
    (first,) = (event for event in found if "first_inference_ns" in event)
    assert (first["load_ns"], first["first_inference_ns"]) == (3 * 10**9, 10**9)


@pytest.mark.parametrize(("seconds", "images"), [(0.0, 4), (3.9, 4), (6.5, 7)])
def test_the_timed_window_lasts_until_both_images_and_seconds_are_reached(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock, seconds: float, images: int
) -> None:
    profile = SMOKE.model_copy(update={"timed_s": seconds})
    found = events(monkeypatch, Framework(clock), job(results, profile=profile))
    (times,) = (event for event in found if "inference_ns" in event)
    assert len(times["inference_ns"]) == images


def test_a_framework_on_other_threads_than_asked_for_is_refused_before_anything_is_timed(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    framework = Framework(clock, threads=1)
    with pytest.raises(RuntimeError, match="opencv runs on 1 threads, but 2 were asked for"):
        events(monkeypatch, framework, job(results))
    assert framework.seen == []


def test_an_adapter_that_says_nothing_of_threads_is_told_where_to_say_it(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    framework = Framework(clock)
    monkeypatch.setattr(framework, "build_info", lambda: {"version": "1"})
    with pytest.raises(RuntimeError, match=r"opencv lacks 'threads' in build_info\(\) and its session's report\(\)"):
        events(monkeypatch, framework, job(results))


def test_a_framework_that_does_not_tell_its_threads_is_believed(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    framework = Framework(clock, threads=None)
    assert any("inference_ns" in event for event in events(monkeypatch, framework, job(results)))
    assert framework.asked_for == [2]


@pytest.mark.parametrize(("in_memory", "kinds"), [(2, 2), (20, 5)])
def test_the_same_few_images_come_again_and_again(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock, in_memory: int, kinds: int
) -> None:
    monkeypatch.setattr(worker, "IMAGES_IN_MEMORY", in_memory)
    framework = Framework(clock)
    profile = SMOKE.model_copy(update={"warmup_images": 7, "timed_images": 12})
    events(monkeypatch, framework, job(results, profile=profile))
    first, warm_up, timed = framework.seen[0], framework.seen[1:8], framework.seen[8:]
    assert len(set(framework.seen)) == kinds
    assert warm_up == (timed * 2)[:7]
    assert timed == (timed[:kinds] * 12)[:12]
    assert first == timed[0]


def test_slow_images_in_the_timed_window_are_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    found = events(monkeypatch, Framework(clock, inference_s=20.0), job(results))
    begin = found.index({"enter": "timed"})
    end = next(place for place, event in enumerate(found) if event.get("window", {}).get("name") == "timed")
    assert found[begin + 1 : end] == [{"done": done, "total": 4, "unit": "images"} for done in (1, 2, 3, 4)]
    warm_up = found.index({"enter": "warm-up"})
    assert found[warm_up + 1] == {"done": 1, "total": 1, "unit": "images"}


def test_a_window_of_seconds_counts_seconds_and_never_more_than_it_has(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    profile = SMOKE.model_copy(update={"timed_images": 2, "timed_s": 50.0})
    found = events(monkeypatch, Framework(clock, inference_s=20.0), job(results, profile=profile))
    begin = found.index({"enter": "timed"})
    told = [(event["done"], event["total"], event["unit"]) for event in found[begin:] if "unit" in event]
    assert told[:3] == [(20, 50, "s"), (40, 50, "s"), (50, 50, "s")]


def test_fast_images_do_not_chatter(monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock) -> None:
    found = events(monkeypatch, Framework(clock, inference_s=0.01), job(results))
    assert not [event for event in found if "done" in event]


def test_predictions_are_written_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "predictions" / "nin.csv"
    found = events(monkeypatch, Framework(clock), job(results, predictions=file))
    assert [event["window"]["name"] for event in found if "window" in event][-1] == "accuracy"
    with file.open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [(row["image"], row["label"]) for row in rows] == [
        (f"{i}.png", str(label)) for i, label in enumerate(LABELS)
    ]
    assert [rows[0][f"class{rank}"] for rank in range(1, 6)] == ["1", "2", "3", "4", "5"]
    assert [float(rows[0][f"probability{rank}"]) for rank in range(1, 6)] == [0.5, 0.2, 0.15, 0.1, 0.04]


def test_as_many_images_are_classified_as_the_profile_says(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "nin.csv"
    profile = SMOKE.model_copy(update={"accuracy_images": 2})
    events(monkeypatch, Framework(clock), job(results, profile=profile, predictions=file))
    assert len(file.read_text().splitlines()) == 1 + 2


def test_slow_images_while_classifying_are_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock, tmp_path: Path
) -> None:
    framework = Framework(clock, inference_s=20.0)
    for limit, total in ((None, 5), (2, 2), (9, 5)):
        profile = SMOKE.model_copy(update={"accuracy_images": limit})
        found = events(monkeypatch, framework, job(results, profile=profile, predictions=tmp_path / "nin.csv"))
        *told, made = found[found.index({"enter": "accuracy"}) + 1 : -1]
        assert told == [{"done": done, "total": total, "unit": "images"} for done in range(1, total + 1)]
        content = (tmp_path / "nin.csv").read_bytes()
        assert made == {"predictions_sha256": hashlib.sha256(content).hexdigest(), "images_classified": total}


def test_memory_is_this_process_s_peak_in_mib() -> None:
    status = Path("/proc/self/status").read_text()
    assert worker.peak_rss_mib() == pytest.approx(int(status.split("VmHWM:")[1].split()[0]) / 1024, rel=1e-4)


def test_the_window_in_which_the_sampler_pauses_stands_apart_from_its_neighbours(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    profile = SMOKE.model_copy(update={"unsampled_s": 3.0})
    found = events(monkeypatch, Framework(clock), job(results, profile=profile, unsampled="after"))
    windows = [event["window"] for event in found if "window" in event]
    _, _, _, timed, unsampled, idle = windows
    assert unsampled["name"] == "unsampled"
    assert unsampled["begin_ns"] - timed["end_ns"] == idle["begin_ns"] - unsampled["end_ns"] == 10**9
    found = events(monkeypatch, Framework(clock), job(results, profile=profile, unsampled="before"))
    windows = [event["window"] for event in found if "window" in event]
    assert [window["name"] for window in windows] == ["idle", "load", "warm-up", "unsampled", "timed", "idle"]
    (times,) = (event for event in found if "unsampled_ns" in event)
    assert times["unsampled_ns"] == [10**9] * 3


def test_one_image_is_measured_without_the_sampler_however_slow_it_is(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    profile = SMOKE.model_copy(update={"unsampled_s": 3.0})
    asked = job(results, profile=profile, unsampled="after")
    found = events(monkeypatch, Framework(clock, inference_s=20.0), asked)
    (times,) = (event for event in found if "unsampled_ns" in event)
    assert times["unsampled_ns"] == [20 * 10**9]


def test_warming_up_lasts_so_many_images_and_so_many_seconds(
    monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock
) -> None:
    for image_s, images, seconds in ((1.0, 2, 5), (1.0, 8, 5), (3.0, 1, 5)):
        profile = SMOKE.model_copy(update={"warmup_images": images, "warmup_s": seconds})
        framework = Framework(clock, inference_s=image_s)
        found = events(monkeypatch, framework, job(results, profile=profile))
        (window,) = (event["window"] for event in found if event.get("window", {}).get("name") == "warm-up")
        lasted_s = (window["end_ns"] - window["begin_ns"]) / 1e9
        assert lasted_s == max(images * image_s, -(-seconds // image_s) * image_s)


def test_a_busy_processor_is_told(monkeypatch: pytest.MonkeyPatch, results: Path, clock: Clock) -> None:
    shares = iter([0.05, 0.2, 0.3])  # in the first idle window, in the timed one, in the second idle one
    for module in (worker, told_events):
        monkeypatch.setattr(module, "OtherLoad", lambda: lambda: next(shares))
    found = events(monkeypatch, Framework(clock), job(results))
    assert [event["idle_load"] for event in found if "idle_load" in event] == [0.3]
    assert [event["timed_load"] for event in found if "timed_load" in event] == [0.2]
