"""The one sentence that says what to use."""

from __future__ import annotations

import pytest

from bench.decide.answer import answer
from bench.decide.quantities import QUANTITIES
from bench.decide.recommend import Limit
from bench.decide.wishes import goal_of
from bench.records.columns import Row
from tests.made.rows import TOP1, made_row, made_rows

SQUEEZENET, MOBILENET = "OpenCV with SqueezeNet v1.1", "OpenCV with MobileNet v1 1.0 224"


def rows_of_opencv(**fields: object) -> list[Row]:
    return [made_row("opencv", model, **fields) for model in TOP1]


def limit(name: str, bound: float) -> Limit:
    return Limit(QUANTITIES[name], bound)


def test_the_best_figure_of_merit_is_named_with_its_numbers_and_what_is_more_accurate() -> None:
    assert answer(rows_of_opencv()) == (
        f"On this board use {SQUEEZENET}: 2.32 correct images per joule, 58 % top-1, 16 images/s; "
        f"if you need at least 70 % top-1, {MOBILENET}: 1.75 correct images per joule, 70 % top-1, 10 images/s."
    )


def test_what_is_not_told_apart_from_the_best_is_named_with_it() -> None:
    wide = {"fom_top1": 2.0, "fom_top1_ci95_low": 1.0, "fom_top1_ci95_high": 4.0}
    found = answer([made_row("opencv", model, **wide) for model in ("squeezenet_v1.1", "mobilenet_v1_1.0_224")])
    assert f"use {SQUEEZENET} (not told apart from {MOBILENET}): 2 correct images per joule" in found


def test_many_ties_are_counted() -> None:
    wide = {"fom_top1": 2.0, "fom_top1_ci95_low": 1.0, "fom_top1_ci95_high": 4.0}
    found = answer([made_row(name, model, **wide) for name in ("opencv", "caffe") for model in TOP1])
    assert "(not told apart from OpenCV with GoogLeNet, OpenCV with SqueezeNet v1.1, 5 more)" in found


def test_without_power_the_fastest_is_named_and_it_is_said_that_speed_alone_decides() -> None:
    found = answer(rows_of_opencv(power_w_mean=None, boundary=None, meter=None))
    assert found.startswith(f"On this board use {SQUEEZENET}: 16 images/s, 58 % top-1; if you need at least 70 % top-1")
    assert found.endswith(
        "; power was not measured: connect a meter ('bench list meters'); until then this ranks by speed alone."
    )


@pytest.mark.parametrize(
    ("weights", "lack"),
    [
        ("pretrained", "accuracy was not measured: give labelled images (--images FOLDER)"),
        ("synthetic", "synthetic weights recognise nothing: give trained ones (--weights FOLDER)"),
    ],
)
def test_without_accuracy_the_fastest_is_named_and_what_would_give_it(weights: str, lack: str) -> None:
    found = answer(rows_of_opencv(top1=None, top1_source=None, images_classified=None, weights=weights))
    assert found == f"On this board use {SQUEEZENET}: 16 images/s; {lack}; until then this ranks by speed alone."


def test_numbers_that_are_not_measured_carry_their_label() -> None:
    found = answer(rows_of_opencv(boundary="simulated", top1_source="published", board="simulated Raspberry Pi 4"))
    assert found.endswith(
        "; the board is simulated, and the speeds are those of the computer that simulates it"
        "; the power is simulated; the accuracy is the published one."
    )


def test_an_accuracy_over_few_images_says_so() -> None:
    assert answer(rows_of_opencv(images_classified=100)).endswith("; the accuracy is over 100 images.")


def test_where_every_cell_failed_it_is_said_how() -> None:
    rows = made_rows()
    failed = [row.model_copy(update={"status": "oom" if row.framework == "caffe" else "failed"}) for row in rows]
    assert answer(failed) == (
        "Nothing can be recommended for this board: none of 16 cells ended well (12 failed, 4 oom); "
        "mend what the table names, then measure again."
    )


def test_nothing_measured_and_an_emulated_board_recommend_nothing() -> None:
    assert answer([]).endswith("no cell was measured; 'bench up' does.")
    assert "the board is emulated: its speed and power say nothing" in answer(rows_of_opencv(), emulated=True)


def test_limits_that_nothing_keeps_name_the_nearest_miss() -> None:
    assert answer(rows_of_opencv(), [limit("throughput", 20)]) == (
        f"On this board nothing keeps the limits; the nearest is {SQUEEZENET}: "
        "throughput 16.00 img/s, at least 20.00 img/s asked for."
    )


def test_a_limit_on_what_was_not_measured_says_how_to_measure_it() -> None:
    found = answer(rows_of_opencv(power_w_mean=None, boundary=None), [limit("power", 5)])
    assert found == (
        "Nothing can be recommended for this board: power was not measured: connect a meter ('bench list meters')."
    )


def test_a_goal_and_a_limit_of_the_user_s_own_lead_the_numbers() -> None:
    found = answer(rows_of_opencv(), [limit("top1", 0.6)], goal_of("memory"))
    assert found.startswith("On this board use OpenCV with GoogLeNet (not told apart from OpenCV with MobileNet")
    assert "): 100 MiB, 68 % top-1, " in found
    assert "if you need" not in found


def test_power_seen_elsewhere_takes_no_part_and_that_is_said() -> None:
    found = answer([*rows_of_opencv(), made_row("caffe", "nin", boundary="wall")])
    assert found.endswith("; this ranks what has power seen at usb-input alone.")


@pytest.mark.parametrize(("fps", "precision"), [(20.0, "int8"), (1.0, "fp32")])
def test_where_there_are_several_precisions_the_sentence_says_which(fps: float, precision: str) -> None:
    rows = [made_row("opencv", "nin"), made_row("opencv", "nin", precision="int8", throughput_fps=fps)]
    assert f"use OpenCV with Network in Network {precision}:" in answer(rows)


def test_the_precision_that_was_asked_for_is_said_too() -> None:
    rows = [made_row("opencv", "nin")]
    assert "use OpenCV with Network in Network:" in answer(rows)
    assert "use OpenCV with Network in Network fp32:" in answer(rows, precise=True)
    assert "the nearest is OpenCV with Network in Network fp32:" in answer(rows, [limit("power", 1.0)], precise=True)
