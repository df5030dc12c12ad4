"""Accuracy in int8, which is over the images that did not calibrate it, decides nothing against float32's over all."""

from __future__ import annotations

import pytest

from bench.decide.answer import answer
from bench.decide.differences import Pairs, no_pairs
from bench.decide.goal import MERIT, Goal
from bench.decide.level import levelled, on_one_level
from bench.decide.quantities import QUANTITIES
from bench.decide.recommend import Limit, recommend
from bench.records.columns import Row
from bench.records.proportions import Paired
from tests.made.rows import made_row

NIN = "nin"
LEVEL = "in int8 the accuracy is float32's less what is lost on the images of both"


def in_float(**fields: object) -> Row:
    return made_row("opencv", NIN, **{"top1": 0.92, "images_classified": 100, **fields})


def in_int8(**fields: object) -> Row:
    """A row whose 80 images are easier: float32 is right on 95 % of these."""
    values = {"top1": 0.9375, "images_classified": 80, "top1_loss": 0.0125, "precision": "int8", **fields}
    return made_row("opencv", NIN, **values)


def test_int8_is_taken_as_float32_less_what_it_loses_and_its_merit_with_it() -> None:
    one, other = levelled([in_float(), in_int8()])
    assert (one, other.top1) == (in_float(), pytest.approx(0.9075))
    assert other.fom_top1 == pytest.approx(in_int8(top1=0.9075).fom_top1)
    assert (other.images_classified, other.precision) == (80, "int8")


def test_what_was_measured_on_the_same_images_stays_as_it_is() -> None:
    rows = [in_float(top1=0.95, images_classified=80), in_int8()]
    assert [row is before for row, before in zip(levelled(rows), rows)] == [True, True]


@pytest.mark.parametrize("lacks", ["float32", "loss", "measured"])
def test_without_float32_beside_it_there_is_nothing_to_level_by(lacks: str) -> None:
    rows = {
        "float32": [made_row("caffe", NIN), in_int8()],
        "loss": [in_float(), in_int8(top1_loss=None)],
        "measured": [in_float(top1_source="published"), in_int8()],
    }[lacks]
    assert levelled(rows)[1] is rows[1]


def test_another_board_s_float32_is_not_its_level() -> None:
    rows = [in_float(board="Pi 5"), in_int8()]
    assert levelled(rows)[1] is rows[1]


def test_easier_images_make_no_better_model() -> None:
    goal = Goal(((QUANTITIES["top1"], 1.0),))
    (ranking,) = recommend([in_int8(), in_float()], [], goal).rankings
    assert [choice.precision for choice in ranking.choices] == ["fp32", "int8"]
    assert [choice.reasons[0] for choice in ranking.choices] == [
        "top-1 accuracy 92.00 % over 100 images",
        "top-1 accuracy 90.75 % over 80 images (float32's accuracy less its loss)",
    ]


def test_a_limit_between_the_two_leaves_int8_out_and_says_by_which_accuracy() -> None:
    found = recommend([in_float(), in_int8()], [Limit(QUANTITIES["top1"], 0.92)], MERIT)
    (out,) = found.excluded
    assert out.reasons == ["top-1 accuracy 90.75 % (float32's accuracy less its loss), at least 92.00 % asked for"]


def test_the_sentence_says_over_how_many_images_each_is_and_how_they_compare() -> None:
    fast = in_int8(throughput_fps=30.0)
    said = answer([in_float(), fast])
    assert "Network in Network int8: 6.81 correct images per joule, 90.8 % top-1, 30 images/s" in said
    assert said.endswith(f"; {LEVEL}; the accuracy is over 80 images.")
    precise = answer([in_float(), made_row("opencv", "squeezenet_v1.1", precision="int8", images_classified=80)])
    assert precise.endswith("; the accuracy is over 80 or 100 images.")
    assert LEVEL not in precise


def test_images_are_compared_as_they_were_classified() -> None:
    asked: list[tuple[float | None, float | None]] = []

    def pairs(one: Row, other: Row, _accuracy: str) -> Paired:
        asked.append((one.top1, other.top1))
        return Paired(70, 5, 5, 0)

    given: Pairs = pairs
    rows, of_measured = on_one_level([in_float(), in_int8()], given)
    assert of_measured(rows[1], rows[0], "top1") == Paired(70, 5, 5, 0)
    assert asked == [(0.9375, 0.92)]
    assert on_one_level(rows, no_pairs)[0][1] is rows[1]
