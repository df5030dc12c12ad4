"""A run of a simulated board and one of a real one never mix."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.board.simulated.board import identify_board
from bench.errors import UserError
from bench.runs.open import open_run
from tests.made.records import PLAN

BOARDS = ("", "simulated:pi4", "simulated:pi5")


@pytest.mark.parametrize("later", BOARDS)
@pytest.mark.parametrize("former", BOARDS)
def test_a_run_goes_on_on_the_same_board_only_if_one_is_simulated(tmp_path: Path, former: str, later: str) -> None:
    first = open_run(tmp_path, PLAN, "", identify_board(former))
    second = open_run(tmp_path, PLAN, "", identify_board(later))
    assert (second.run_id == first.run_id) is (former == later)
    if former != later:
        with pytest.raises(UserError, match=f"run {first.run_id} was measured on '.*', not on '.*'; name another run"):
            open_run(tmp_path, PLAN, first.run_id, identify_board(later))
