"""Boards of one kind: their own scatter is told apart from that between them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.records.columns import Row
from bench.results.kinds import of_kind


def row(fps: float | None, sd_log: float | None = 0.01, repetitions: int = 5, **more: object) -> Row:
    facts = {"throughput_fps": fps, "throughput_sd_log": sd_log, "repetitions": repetitions, "status": "ok", **more}
    return Row.model_validate({"run_id": "a", "board": "Pi 4", "framework": "opencv", "model": "nin", **facts})


def test_boards_that_differ_no_more_than_their_repetitions_do_do_not_scatter() -> None:
    found = of_kind([row(10.00), row(10.04), row(9.97)])
    assert found is not None
    assert (found.between, found.within) == (0.0, pytest.approx(0.01))


def test_both_scatters_are_found_again_in_what_was_made_with_them() -> None:
    random = np.random.default_rng(1)
    between, within, repetitions = 0.03, 0.01, 5
    rows, offsets = [], random.normal(0, between, 400)
    for offset in offsets:
        own = random.normal(offset, within, repetitions)
        rows.append(row(10 * math.exp(own.mean()), float(own.std(ddof=1)), repetitions))
    found = of_kind(rows)
    assert found is not None
    assert found.throughput_fps == pytest.approx(10, rel=0.01)
    assert found.between == pytest.approx(offsets.std(ddof=1), rel=0.02)
    assert found.within == pytest.approx(within, rel=0.05)


def test_one_repetition_says_nothing_of_a_board_s_own_scatter() -> None:
    found = of_kind([row(10, None, 1), row(11, None, 1)])
    assert found is not None
    assert found.within is None
    assert found.between == pytest.approx(math.log(1.1) / math.sqrt(2))


def test_one_board_is_no_kind_and_a_failed_cell_no_board() -> None:
    assert of_kind([row(10), row(None)]) is None
    assert of_kind([row(10), row(11, status="throttled")]) is None
