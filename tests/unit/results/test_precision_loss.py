"""What a precision costs in accuracy: counted in pairs, on the images that both classified."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.results.accuracy import loss
from bench.results.merge import merge
from bench.runs.predictions import predictions_csv
from tests.made.runs import MadeCell, made_run


def write(path: Path, rights: dict[str, bool]) -> Path:
    lines = [(name, 1, [1 if right else 2, 3, 4, 5, 6], [0.2] * 5) for name, right in rights.items()]
    path.write_bytes(predictions_csv(lines))
    return path


def test_a_loss_is_counted_on_shared_images_alone(tmp_path: Path) -> None:
    in_float = write(tmp_path / "float", {"a": True, "b": True, "c": False, "d": True, "calibrated": True})
    found = loss(write(tmp_path / "int8", {"a": True, "b": False, "c": False, "d": True}), in_float)
    assert found["top1_loss"] == 0.25
    assert found["top1_loss_ci95_low"] < 0 < 0.25 < found["top1_loss_ci95_high"]


def test_a_gain_is_a_negative_loss(tmp_path: Path) -> None:
    in_float = write(tmp_path / "float", {"a": False, "b": True})
    assert loss(write(tmp_path / "int8", {"a": True, "b": True}), in_float)["top1_loss"] == -0.5


def test_without_the_other_file_there_is_no_loss(tmp_path: Path) -> None:
    assert loss(write(tmp_path / "int8", {"a": True}), tmp_path / "nothing") == {}


def test_a_row_in_int8_has_its_loss_and_no_published_accuracy(tmp_path: Path) -> None:
    folder = made_run(tmp_path / "runs", cells=[MadeCell("opencv", "googlenet")])
    run = folder.read_run()
    folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"precisions": ["fp32", "int8"]})}))
    for record in folder.repetitions("opencv", "googlenet"):
        windows = [window for window in record.windows if window.name != "accuracy"]
        folder.write_repetition(
            record.model_copy(update={"precision": "int8", "windows": windows, "predictions_sha256": None})
        )
    one, other = merge(folder).rows
    assert (one.top1_source, one.top1_loss) == ("measured", None)
    assert (other.precision, other.top1, other.top1_source, other.top1_loss) == ("int8", None, None, None)
    rights = {f"{number}": number % 4 > 0 for number in range(100)}
    write(folder.predictions("opencv", "googlenet"), rights)
    write(folder.predictions("opencv", "googlenet", "int8"), {**rights, "1": False, "2": False})
    _, other = merge(folder).rows
    assert other.top1_loss == pytest.approx(0.02)
