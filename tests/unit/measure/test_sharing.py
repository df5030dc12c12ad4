"""A share of the images, classified by a made framework in the worker's own code, without its process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import frameworks
from bench.board.clocks import now
from bench.catalog import find_framework
from bench.catalog.settings import MeasureSettings, PlanSettings
from bench.errors import UserError
from bench.measure import sharing, worker
from bench.measure.job import Job
from bench.measure.plan import complete, intend
from bench.measure.sharing import Sharing
from bench.measure.supervisor import Listener, _take
from bench.prepare.images.prepare import prepare_images
from bench.records.run import Profile
from bench.records.schema import Repetition, Status
from bench.runs.folder import RunFolder
from bench.runs.open import open_run
from bench.runs.shards import CONTROL_IMAGES, Share, read_shard, shard_csv, shard_json
from tests.made.prepared import made_images, made_model

IMAGES = 30


class Brightness:
    """Takes an image for the class of its brightness, so that images differ."""

    def load(self, _model: object, _threads: int) -> Brightness:
        return self

    def infer(self, blob: np.ndarray) -> np.ndarray:
        steps = np.arange(6, dtype=np.float32) - blob.mean() / 255 * 6
        weights = np.exp(-steps * steps)
        return np.asarray(weights / weights.sum(), np.float32)

    def build_info(self) -> dict[str, Any]:
        return {"version": "1", "threads": None}


class Silent:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun = 0

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, _model: str, _repetition: int, _profile: Profile) -> None:
        self.begun += 1

    def event(self, event: dict[str, Any]) -> None: ...

    def end(self, record: Repetition) -> None: ...


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prepared images and a model, and a worker that works in this process."""
    made_images(tmp_path, [number % 6 for number in range(IMAGES)])
    made_model(tmp_path, "nin")
    monkeypatch.setattr(frameworks, "adapter", lambda _: Brightness())

    def repeat(job: Job, _repetition: int, _call: str, _timeout_s: float, listen: Listener) -> Repetition:
        record = Repetition(
            framework=job.framework, model="nin", repetition=1, call="", clocks=now(), status="ok", threads=job.threads
        )
        for event in told(job):
            _take(event, record)
            listen(event)
        return record

    monkeypatch.setattr(sharing, "repeat", repeat)
    return tmp_path


def told(job: Job) -> list[dict[str, Any]]:
    reader, writer = os.pipe()
    events = worker.Events(writer)
    worker.classify_share(job, events)
    events._file.close()
    with os.fdopen(reader) as file:
        return [json.loads(line) for line in file]


def new_run(results: Path, **settings: Any) -> RunFolder:
    plan = complete(intend(PlanSettings(models=["nin"], **settings)), results / "prepared")
    return open_run(results / "runs", plan, "r")


def classify(
    results: Path, folder: RunFolder, share: Share, reporter: Silent | None = None, force: bool = False
) -> list[Status]:
    prepared = results / "prepared"
    asked = Sharing(
        folder, find_framework("opencv"), share, prepared, "board-7", MeasureSettings(force=force), reporter or Silent()
    )
    return asked.run(["nin"])


def lines(folder: RunFolder, share: Share) -> list[bytes]:
    return shard_csv(folder.shards("opencv", "nin"), share).read_bytes().splitlines()[1:]


@pytest.mark.parametrize(("limit", "of"), [(None, 4), (None, 1), (17, 4), (3, 5)])
def test_all_shares_together_are_what_one_machine_classifies(results: Path, limit: int | None, of: int) -> None:
    folder = new_run(results, accuracy_images=limit)
    assert classify(results, folder, Share(1, 1)) == ["ok"]
    for number in range(1, of + 1):
        assert classify(results, folder, Share(number, of)) == ["ok"]
    whole = lines(folder, Share(1, 1))
    assert len(whole) == (limit or IMAGES)
    assert len(set(whole)) == len(whole)
    for number in range(1, of + 1):
        assert lines(folder, Share(number, of)) == whole[number - 1 :: of]


def test_a_shard_s_record_tells_of_what_and_by_what_it_was_made(results: Path) -> None:
    folder = new_run(results, accuracy_images=17)
    classify(results, folder, Share(2, 4))
    shard = read_shard(folder.shards("opencv", "nin"), Share(2, 4))
    plan = folder.read_run().plan
    assert (shard.framework, shard.framework_version, shard.machine) == ("opencv", "1", "board-7")
    assert (shard.images_sha256, shard.accuracy_images, shard.seed) == (plan.images_sha256, 17, plan.seed)
    assert (shard.weights_sha256, shard.threads) == ("aa", plan.threads)


def test_every_share_has_the_same_control_images_beside_its_own(results: Path) -> None:
    folder = new_run(results)
    shares = [Share(number, 9) for number in (1, 5)]
    for share in shares:
        classify(results, folder, share)
    first, second = (read_shard(folder.shards("opencv", "nin"), share).control for share in shares)
    assert len({one.image for one in first}) == len(first) == CONTROL_IMAGES
    assert first == second
    assert all(len(one.classes) == len(one.probabilities) == 5 for one in first)


def test_a_shard_that_is_done_is_not_classified_again(results: Path) -> None:
    folder, reporter = new_run(results), Silent()
    classify(results, folder, Share(1, 3))
    before = shard_json(folder.shards("opencv", "nin"), Share(1, 3)).read_bytes()
    assert classify(results, folder, Share(1, 3), reporter) == ["ok"]
    assert reporter.begun == 0
    assert reporter.said == ["opencv nin: shard 1/3 was classified before"]
    assert shard_json(folder.shards("opencv", "nin"), Share(1, 3)).read_bytes() == before
    assert classify(results, folder, Share(1, 3), reporter, force=True) == ["ok"]
    assert reporter.begun == 1


@pytest.mark.parametrize("file", [shard_csv, shard_json])
def test_a_torn_shard_is_classified_again(results: Path, file: Callable[[Path, Share], Path]) -> None:
    folder, reporter = new_run(results), Silent()
    classify(results, folder, Share(1, 3))
    cell = folder.shards("opencv", "nin")
    file(cell, Share(1, 3)).write_bytes(file(cell, Share(1, 3)).read_bytes()[:-20])
    assert classify(results, folder, Share(1, 3), reporter) == ["ok"]
    assert reporter.begun == 1
    read_shard(cell, Share(1, 3))


def test_what_does_not_end_well_leaves_no_record(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = new_run(results)
    dead = Repetition(framework="opencv", model="nin", repetition=1, call="", clocks=now(), status="oom", threads=1)
    monkeypatch.setattr(sharing, "repeat", lambda *_: dead)
    assert classify(results, folder, Share(1, 3)) == ["oom"]
    assert not shard_json(folder.shards("opencv", "nin"), Share(1, 3)).exists()


def test_images_without_labels_are_refused_before_anything_is_classified(tmp_path: Path) -> None:
    made_images(tmp_path, [1])
    (tmp_path / "photos" / "val.txt").unlink()
    prepared = tmp_path / "prepared" / "images"
    prepare_images(tmp_path / "photos", prepared, lambda *_: None, lambda _: None)
    made_model(tmp_path, "nin")
    with pytest.raises(UserError, match="have no labels"):
        classify(tmp_path, new_run(tmp_path), Share(1, 3))


def test_synthetic_weights_are_refused_before_anything_is_classified(results: Path) -> None:
    record = results / "prepared" / "nin" / "model.json"
    record.write_text(record.read_text().replace("pretrained", "synthetic"))
    with pytest.raises(UserError, match="nin: its weights are synthetic"):
        classify(results, new_run(results), Share(1, 3))
