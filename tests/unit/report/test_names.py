from __future__ import annotations

import pytest

from bench.report.names import beside_float32, short_board
from tests.made.rows import made_row


@pytest.mark.parametrize(
    ("model", "short"),
    [
        ("Raspberry Pi 3 Model B Rev 1.2", "Pi 3B"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "Pi 3B+"),
        ("Raspberry Pi Compute Module 4 Rev 1.0", "Pi Compute Module 4"),
        ("simulated Raspberry Pi 4 Model B Rev 1.4", "simulated Pi 4B"),
        ("AMD EPYC", "AMD EPYC"),
    ],
)
def test_a_board_has_a_short_name_that_still_says_whether_it_is_simulated(model: str, short: str) -> None:
    assert short_board(model) == short


def test_a_precision_stands_beside_the_same_cell_in_float32() -> None:
    order = [("opencv", "nin", "fp32"), ("opencv", "googlenet", "fp32"), ("opencv", "nin", "int8")]
    rows = [made_row(framework, model, precision=precision) for framework, model, precision in order]
    assert [(row.model, row.precision) for row in beside_float32(rows)] == [
        ("nin", "fp32"),
        ("nin", "int8"),
        ("googlenet", "fp32"),
    ]
