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
    "damage", ["a,7,7,1,2,3", "a,7,7,1,2,3,4", "a,7,x,1,2,3,4,1,0,0,0,0", "a,-7,7,1,2,3,4,1,0,0,0,0", "", "a" * 9]
)
def test_a_line_that_is_not_whole_is_numbered(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "nin.csv"
    whole = predictions_csv([("a", 7, [7, 1, 2, 3, 4], [0.2] * 5)])
    path.write_bytes(whole + f"{damage}\n".encode() + whole.splitlines()[1] + b"\n")
    assert [number for number, prediction in read_predictions(path) if prediction is None] == [3]


def test_a_file_without_its_columns_says_which_are_missing(tmp_path: Path) -> None:
    (tmp_path / "nin.csv").write_text("image,label,class1,class2,class3\n")
    with pytest.raises(ValueError, match="it has no column class4, class5"):
        list(read_predictions(tmp_path / "nin.csv"))
