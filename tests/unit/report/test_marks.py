from __future__ import annotations

import pytest

from bench.records.columns import RESULT_COLUMNS, Row
from bench.report.marks import MARKS, marked, marks_on
from bench.report.table import COLUMNS

EVERYTHING = Row.model_validate(
    {
        "run_id": "r",
        "board": "b",
        "framework": "opencv",
        "model": "nin",
        "status": "ok",
        "boundary": "simulated",
        "weights": "synthetic",
        "top1_source": "published",
    }
)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("power_w_mean", "~x"),
        ("energy_net_j_per_image", "~x"),
        ("fom_top5", "~x*"),
        ("top1", "x*"),
        ("model", "x°"),
        ("top1_source", "x"),
        ("power_uncertainty", "x"),
        ("throughput_fps", "x"),
    ],
)
def test_a_mark_stands_at_what_it_is_about_and_at_nothing_else(field: str, text: str) -> None:
    assert marked(EVERYTHING, field, "x") == text
    assert marked(EVERYTHING, field, "") == ""


def test_only_the_marks_that_are_there_are_explained() -> None:
    plain = EVERYTHING.model_copy(update={"boundary": "wall", "weights": "pretrained"})
    assert [mark.symbol for mark in marks_on([plain])] == ["*"]
    assert [mark.symbol for mark in marks_on([plain, EVERYTHING])] == ["~", "°", "*"]


def test_no_two_marks_look_alike() -> None:
    assert len({mark.symbol for mark in MARKS}) == len(MARKS)


def test_every_column_of_the_table_is_a_field_of_a_row() -> None:
    assert {column.field for column in COLUMNS} <= set(RESULT_COLUMNS)
