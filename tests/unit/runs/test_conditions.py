"""What the user states of the surroundings travels from the command line into the run."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.launch.settings import Settings
from bench.records.schema import Conditions
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


@pytest.mark.parametrize(("ambient_c", "text"), [(None, ""), (0.0, "0.0"), (21.5, "21.5")])
def test_settings_pass_conditions_and_board_on_as_variables(ambient_c: float, text: str) -> None:
    conditions = Conditions(ambient_c=ambient_c, power_supply="official 15 W", cooling="fan")
    settings = Settings(
        None, None, [], "", None, 0, "auto", "", False, Path("results"), "simulated:pi4", conditions, 0.05
    ).environment()
    assert settings["BENCH_AMBIENT"] == text
    assert settings["BENCH_POWER_SUPPLY"] == "official 15 W"
    assert settings["BENCH_COOLING"] == "fan"
    assert settings["BENCH_PERIOD"] == "0.05"
    assert settings["BENCH_BOARD"] == "simulated:pi4"
    assert text == "" or math.isclose(float(text), ambient_c)
