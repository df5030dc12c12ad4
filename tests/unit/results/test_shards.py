"""Accuracy from shards: only from all of them, whole, and of what the board measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.records.columns import Results
from bench.results.merge import merge
from bench.results.shards import TOLERANCE
from bench.results.verify import verify
from bench.runs.folder import RunFolder
from bench.runs.shards import Share, shard_csv, shard_json
from tests.made.records import new_run, predict, repetition
from tests.made.shards import IMAGES, RIGHT, made_shard, whole_csv

OF = 4


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A measured cell without predictions, and all its shards, each by a machine of its own."""
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    for number in range(1, OF + 1):
        made_shard(cell(folder), Share(number, OF), machine=f"board-{number}")
    return folder


def cell(folder: RunFolder) -> Path:
    return folder.shards("opencv", "googlenet")


def accuracy(results: Results) -> tuple[object, ...]:
    (row,) = results.rows
    return row.images_classified, row.top1, row.top5, row.top1_source, row.accuracy_platform


EMPTY = (None, None, None, None, None)


def test_all_shards_together_are_the_accuracy_and_say_what_it_was_measured_on(folder: RunFolder) -> None:
    results = merge(folder)
    assert accuracy(results) == (IMAGES, RIGHT / IMAGES, (RIGHT + 4) / IMAGES, "measured", "linux/amd64")
    assert results.warnings == []
    assert verify(folder).problems == []


def test_all_shards_together_hold_what_one_machine_writes(folder: RunFolder) -> None:
    lines = [b""] * IMAGES
    for share in (Share(number, OF) for number in range(1, OF + 1)):
        header, *lines[share.number - 1 :: OF] = shard_csv(cell(folder), share).read_bytes().splitlines(keepends=True)
    assert b"".join([header, *lines]) == whole_csv()


def test_several_platforms_are_all_named(folder: RunFolder) -> None:
    made_shard(cell(folder), Share(2, OF), machine="pi", platform="linux/arm64")
    assert accuracy(merge(folder))[-1] == "linux/amd64 linux/arm64"


def test_the_board_s_own_predictions_go_before_shards(folder: RunFolder) -> None:
    predict(folder, right=6, in_five=2, wrong=2)
    assert accuracy(merge(folder)) == (10, 0.6, 0.8, "measured", None)


def test_missing_shards_leave_accuracy_empty_and_are_named(folder: RunFolder) -> None:
    for number in (2, 4):
        for path in (shard_csv, shard_json):
            path(cell(folder), Share(number, OF)).unlink()
    results = merge(folder)
    assert accuracy(results) == EMPTY
    assert [*map(str, results.warnings)] == [
        "opencv googlenet: no accuracy, for of 4 shards are missing: 2, 4",
    ]


@pytest.mark.parametrize("path", [shard_csv, shard_json])
def test_a_torn_shard_leaves_accuracy_empty_and_is_named(
    folder: RunFolder, path: Callable[[Path, Share], Path]
) -> None:
    file = path(cell(folder), Share(3, OF))
    file.write_bytes(file.read_bytes()[:-20])
    results = merge(folder)
    assert accuracy(results) == EMPTY
    assert any("for of 4 shards can't be used: 3 (" in str(note) for note in results.warnings)
    assert any("0003-of-0004" in problem for problem in verify(folder).problems)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("framework_version", "4.13", "of opencv 4.13, the board's is 4.14"),
        ("weights_sha256", "ff", "of weights ff, the board's are aa"),
        ("images_sha256", "ee", "of images ee, the run's are cc"),
        ("accuracy_images", None, "of all images, most others are of 5"),
    ],
)
def test_a_shard_of_something_else_leaves_accuracy_empty_and_is_named(
    folder: RunFolder, field: str, value: object, words: str
) -> None:
    made_shard(cell(folder), Share(3, OF), machine="board-3", **{field: value})
    results = merge(folder)
    assert accuracy(results) == EMPTY
    assert [*map(str, results.warnings)] == [
        f"opencv googlenet: no accuracy, for of 4 shards can't be used: 3 ({words})",
    ]


def test_many_shards_with_one_fault_are_told_at_once(folder: RunFolder) -> None:
    for number in (1, 2, 4):
        made_shard(cell(folder), Share(number, OF), machine="old", framework_version="4.9")
    assert [*map(str, merge(folder).warnings)] == [
        "opencv googlenet: no accuracy, for of 4 shards can't be used: 1, 2, 4 (of opencv 4.9, the board's is 4.14)",
    ]


def test_shards_of_another_choice_of_images_than_the_board_s_profile_are_taken(folder: RunFolder) -> None:
    for number in range(1, OF + 1):
        made_shard(cell(folder), Share(number, OF), machine=f"board-{number}", accuracy_images=None)
    assert accuracy(merge(folder))[0] == IMAGES


def test_a_machine_that_computes_otherwise_is_refused_by_its_name(folder: RunFolder) -> None:
    made_shard(cell(folder), Share(3, OF), machine="hot", off=2 * TOLERANCE)
    results = merge(folder)
    assert accuracy(results) == EMPTY
    assert [*map(str, results.warnings)] == [
        "opencv googlenet: no accuracy, for machine 'hot' is refused: its probabilities of the control images differ "
        "by 0.0002 from the other machines'; classify its shards of 4 elsewhere: 3"
    ]


def test_machines_may_differ_by_what_float32_does(folder: RunFolder) -> None:
    made_shard(cell(folder), Share(3, OF), machine="pi", off=0.9 * TOLERANCE)
    assert accuracy(merge(folder))[0] == IMAGES


def test_of_two_machines_that_differ_nobody_can_say_which_is_wrong(folder: RunFolder) -> None:
    for number in range(1, OF + 1):
        name, off = ("one", 0.0) if number < 3 else ("other", 0.01)
        made_shard(cell(folder), Share(number, OF), machine=name, off=off)
    results = merge(folder)
    assert accuracy(results) == EMPTY
    assert [note.machine for note in results.warnings if note.kind == "deviating-machine"] == ["one", "other"]


def test_near_ties_in_another_order_are_counted(folder: RunFolder) -> None:
    shard = made_shard(cell(folder), Share(3, OF), machine="pi")
    tied = [image.model_dump() for image in shard.control]
    for image in tied[:2]:
        image["probabilities"] = [0.5, 0.2, 0.1, 0.03, 0.03]
    swapped = [{**image, "classes": [*image["classes"][:3], *image["classes"][:2:-1]]} for image in tied[:2]]
    for number in (1, 2, 4):
        made_shard(cell(folder), Share(number, OF), machine=f"board-{number}", control=tied)
    made_shard(cell(folder), Share(3, OF), machine="pi", control=[*swapped, *tied[2:]])
    results = merge(folder)
    assert accuracy(results)[0] == IMAGES
    assert [*map(str, results.warnings)] == [
        "opencv googlenet: machines order the five classes of 2 of 6 control images differently (near ties)"
    ]


def test_a_complete_division_is_used_beside_an_incomplete_one(folder: RunFolder) -> None:
    made_shard(cell(folder), Share(1, 2))
    results = merge(folder)
    assert accuracy(results)[0] == IMAGES
    assert results.warnings == []


def test_synthetic_weights_have_no_accuracy_whatever_the_shards(folder: RunFolder) -> None:
    folder.write_repetition(repetition(weights="synthetic"))
    assert accuracy(merge(folder)) == EMPTY
