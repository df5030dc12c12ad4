"""What the user states of the surroundings is kept with the run, which goes on under the same ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UserError
from bench.records.run import Conditions
from bench.runs.open import open_run
from tests.made.records import PLAN

FAN = Conditions(ambient_c=21.5, power_supply="official 15 W", cooling="fan")


def test_stated_conditions_are_in_the_run(tmp_path: Path) -> None:
    assert open_run(tmp_path, PLAN, conditions=FAN).read_run().conditions == FAN


def test_what_is_stated_later_is_added_to_an_unfinished_run(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN, conditions=Conditions(cooling="fan"))
    second = open_run(tmp_path, PLAN, conditions=Conditions(ambient_c=21.5))
    assert second.run_id == first.run_id
    assert second.read_run().conditions == Conditions(ambient_c=21.5, cooling="fan")


def test_a_run_goes_on_when_nothing_is_stated(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN, conditions=FAN)
    assert open_run(tmp_path, PLAN).run_id == first.run_id
    assert first.read_run().conditions == FAN


def test_other_conditions_begin_another_run(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN, conditions=FAN)
    assert open_run(tmp_path, PLAN, conditions=Conditions(cooling="none")).run_id != first.run_id


def test_a_named_run_under_other_conditions_is_refused(tmp_path: Path) -> None:
    open_run(tmp_path, PLAN, "mine", conditions=FAN)
    with pytest.raises(UserError, match="run mine was measured with cooling 'fan', not 'none'; name another run"):
        open_run(tmp_path, PLAN, "mine", conditions=Conditions(cooling="none"))
