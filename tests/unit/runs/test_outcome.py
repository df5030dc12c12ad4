from __future__ import annotations

import pytest

from bench.records.schema import Status
from bench.runs.outcome import Exit, exit_code


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["ok", "ok"], Exit.OK),
        (["ok", "unavailable"], Exit.OK),
        (["ok", "throttled"], Exit.SOME_FAILED),
        (["failed", "unavailable"], Exit.SOME_FAILED),
        (["interrupted"], Exit.SOME_FAILED),
        (["unavailable", "unavailable"], Exit.NOTHING_RAN),
        ([], Exit.NOTHING_RAN),
    ],
)
def test_all_ok_is_0_some_failed_1_and_nothing_to_be_had_3(statuses: list[Status], code: Exit) -> None:
    assert exit_code(statuses) == code


def test_the_codes_are_those_that_the_readme_promises() -> None:
    assert [int(code) for code in (Exit.OK, Exit.SOME_FAILED, Exit.USAGE, Exit.NOTHING_RAN)] == [0, 1, 2, 3]
