from __future__ import annotations

from pathlib import Path

import pytest

from bench.runs.predictions import Prediction, predictions_csv, read_predictions


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    found = [("a,b.jpg", 7, [7, 1, 2, 3, 4], [0.9, 0.05, 0.03, 0.01, 0.01]), ("c.jpg", 5, [1, 2, 3, 4, 5], [0.2] * 5)]
    path = tmp_path / "nin.csv"
    path.write_bytes(predictions_csv(found))
    assert path.read_text().splitlines()[1] == '"a,b.jpg",7,7,1,2,3,4,0.900000,0.050000,0.030000,0.010000,0.010000'
    first, second = (prediction for _, prediction in read_predictions(path))
    assert first == Prediction("a,b.jpg", 7, (7, 1, 2, 3, 4))
    assert first and (first.is_right, first.is_within_five) == (True, True)
    assert second and (second.is_right, second.is_within_five) == (False, True)


@pytest.mark.parametrize(
    "damage",
    [
        "a,7,7,1,2,3",
        "a,7,7,1,2,3,4",
        "a,7,x,1,2,3,4,1,0,0,0,0",
        "a,-7,7,1,2,3,4,1,0,0,0,0",
        "",
        "a" * 9,
        '"a,7,7,1,2,3,4,1,0,0,0,0',
        'a"x",7,7,1,2,3,4"',
        "a\x00b",
        "a\udcff,7,7,1,2,3,4,1,0,0,0,0",
        "a," + "7" * 400 + ",7,1,2,3,4,1,0,0,0,0",
    ],
)
def test_a_line_that_is_not_whole_is_numbered(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "nin.csv"
    header, first, last = predictions_csv((name, 7, [7, 1, 2, 3, 4], [0.2] * 5) for name in "bc").splitlines()
    path.write_bytes(b"\n".join([header, first, damage.encode(errors="surrogateescape"), last, b""]))
    assert [number for number, prediction in read_predictions(path) if prediction is None] == [3]


def test_a_model_may_tell_fewer_than_five_classes_apart(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(predictions_csv([("a", 1, [1, 0], [0.9, 0.1])]))
    assert path.read_text().splitlines()[1] == "a,1,1,0,,,,0.900000,0.100000,,,"
    assert [prediction for _, prediction in read_predictions(path)] == [Prediction("a", 1, (1, 0))]


def test_an_image_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "nin.csv"
    path.write_bytes(predictions_csv((name, 7, [7, 1, 2, 3, 4], [0.2] * 5) for name in ("a", "b", "a")))
    assert [number for number, prediction in read_predictions(path) if prediction is None] == [4]


def test_a_file_without_its_columns_says_which_are_missing(tmp_path: Path) -> None:
    (tmp_path / "nin.csv").write_text("image,label,class1,class2,class3\n")
    with pytest.raises(ValueError, match="it has no column class4, class5"):
        list(read_predictions(tmp_path / "nin.csv"))
