"""A cell's predictions are as many as its repetition classified, and of the run's own images and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.records.columns import Row
from bench.results.merge import derive
from bench.results.verify import verify
from bench.runs.folder import RunFolder
from tests.made.prepared import made_images
from tests.made.records import PREDICTIONS, new_run, repetition

LABELS = [3, 1, 4, 1]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return a run of one cell that took each of four images for what it is."""
    images = made_images(tmp_path, LABELS)
    folder = new_run(tmp_path / "runs")
    run = folder.read_run()
    folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"images_sha256": images.sha256})}))
    folder.write_repetition(repetition(images_classified=len(LABELS)))
    write(folder, [(f"{number}.png", label) for number, label in enumerate(LABELS)])
    return folder


def write(folder: RunFolder, found: list[tuple[str, int]]) -> None:
    file = folder.predictions("opencv", "googlenet")
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{image},{label},{label},7,8,9,10,1,0,0,0,0" for image, label in found]
    file.write_text("\n".join([PREDICTIONS, *lines]) + "\n")


def merged(folder: RunFolder) -> tuple[Row, str]:
    results = derive(folder)
    notes = [str(note) for note in results.warnings if "predictions" in str(note)]
    for note in notes:
        assert note in verify(folder).problems
    return results.rows[0], "; ".join(notes)


def test_whole_predictions_of_the_set_give_accuracy_without_a_word(folder: RunFolder) -> None:
    row, notes = merged(folder)
    assert (row.top1, row.images_classified, notes) == (1.0, 4, "")


def test_fewer_than_were_classified_give_no_accuracy(folder: RunFolder) -> None:
    write(folder, [("0.png", 3), ("1.png", 1)])
    row, notes = merged(folder)
    assert (row.top1, row.images_classified) == (None, None)
    assert "googlenet.csv has 2 lines for the 4 images classified: not used; run the cell again with --force" in notes


@pytest.mark.parametrize("foreign", [("9.png", 1), ("3.png", 4)], ids=["image", "label"])
def test_an_image_or_a_label_that_the_set_does_not_have_gives_no_accuracy(
    folder: RunFolder, foreign: tuple[str, int]
) -> None:
    write(folder, [("0.png", 3), ("1.png", 1), ("2.png", 4), foreign])
    row, notes = merged(folder)
    assert row.top1 is None
    assert f"one line is not of the run's images and labels, first '{foreign[0]}'" in notes


def test_a_run_that_was_carried_elsewhere_is_merged_without_its_set(folder: RunFolder) -> None:
    (folder.path.parents[1] / "prepared").rename(folder.path.parents[1] / "other")
    assert merged(folder)[0].top1 == 1.0
