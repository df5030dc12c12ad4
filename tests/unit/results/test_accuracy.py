from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from bench.records.proportions import Paired
from bench.results.accuracy import pair
from bench.runs.predictions import Prediction, read_predictions
from tests.made.records import PREDICTIONS


def predictions(path: Path, answers: list[str]) -> Path:
    lines = [f"{number}.jpg,7,{answer},1,0,0,0,0" for number, answer in enumerate(answers)]
    path.write_text("\n".join([PREDICTIONS, *lines]) + "\n")
    os.utime(path, ns=(1, len(answers)))
    return path


RIGHT, IN_FIVE, WRONG = "7,1,2,3,4", "1,2,3,4,7", "1,2,3,4,5"


def test_two_cells_are_compared_image_by_image(tmp_path: Path) -> None:
    one = predictions(tmp_path / "one.csv", [RIGHT, RIGHT, WRONG, IN_FIVE, RIGHT])
    other = predictions(tmp_path / "other.csv", [RIGHT, WRONG, RIGHT, WRONG, IN_FIVE])
    assert pair(one, other, "top1") == Paired(1, 2, 1, 1)
    assert pair(one, other, "top5") == Paired(2, 2, 1, 0)


def test_other_images_or_none_are_no_pair(tmp_path: Path) -> None:
    one = predictions(tmp_path / "one.csv", [RIGHT, RIGHT])
    assert pair(one, predictions(tmp_path / "other.csv", [RIGHT]), "top1") is None
    assert pair(one, tmp_path / "gone.csv", "top1") is None
    (tmp_path / "bad.csv").write_text("nothing\n")
    assert pair(one, tmp_path / "bad.csv", "top1") is None


def test_each_of_forty_cells_is_read_once_however_many_pairs_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def reading(path: Path) -> Iterator[tuple[int, Prediction | None]]:
        read.append(path)
        return read_predictions(path)

    monkeypatch.setattr("bench.results.accuracy.read_predictions", reading)
    cells = [predictions(tmp_path / f"{number}.csv", [RIGHT]) for number in range(40)]
    for one, other in combinations(cells, 2):
        assert pair(one, other, "top1") == Paired(1, 0, 0, 0)
    assert sorted(read) == sorted(cells)
