"""What a board tells of itself, judged."""

from __future__ import annotations

import json
import os
import pwd

import pytest

from bench.launch.fleet.doctor import judge_answer, judge_state
from bench.launch.fleet.slurm import BoardState
from bench.source import image_source

NOW = 1_790_000_000.0


def told(**changed: str) -> str:
    user = pwd.getpwuid(os.getuid())
    lines = {
        "clock": str(int(NOW)),
        "user": f"{user.pw_name} {user.pw_uid}",
        "groups": "pi docker",
        "source": image_source(),
        "image": image_source(),
        "findings": json.dumps([{"check": "meter", "level": "ok", "found": "ina219", "fix": None}]),
        **changed,
    }
    return "\n".join(f"{name} {value}" for name, value in lines.items())


def levels(text: str) -> list[tuple[str, str]]:
    return [(found.level, found.found) for found in judge_answer("pi-1", text, NOW, NOW + 3)]


def test_nothing_is_wrong_with_a_board_that_is_like_this_machine() -> None:
    assert {level for level, _ in levels(told())} == {"ok"}
    assert levels(told())[-1] == ("ok", "meter: ina219")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"clock": str(int(NOW) - 300)}, ("fail", "its clock is off by 299 s")),
        ({"clock": str(int(NOW) + 300)}, ("fail", "its clock is off by 297 s")),
        ({"clock": "?"}, ("fail", "it did not tell its time")),
        ({"groups": "pi", "user": "pi 1000"}, ("warn", "the user is not in group docker: without containers")),
        (
            {"source": "0123456789abcdef"},
            ("fail", f"another bench than here (0123456789ab, not {image_source()[:12]})"),
        ),
        ({"image": "other"}, ("warn", "0 of the 1 images there are of that source")),
        ({"findings": "Traceback"}, ("fail", "'bench doctor' does not run there")),
        (
            {"findings": json.dumps([{"check": "disk", "level": "fail", "found": "full", "fix": "free some"}])},
            ("fail", "disk: full"),
        ),
    ],
)
def test_what_differs_is_named(changed: dict[str, str], expected: tuple[str, str]) -> None:
    assert expected in levels(told(**changed))


def test_another_user_is_named_with_both() -> None:
    (found,) = [found for level, found in levels(told(user="nobody 65534")) if level == "fail"]
    assert found.startswith("jobs run as 'nobody 65534', here it is '")


@pytest.mark.parametrize(
    ("state", "level"),
    [
        ("idle", None),
        ("allocated", None),
        ("drained", "fail"),
        ("down*", "fail"),
        ("idle*", "fail"),
        ("unknown", "fail"),
    ],
)
def test_a_board_that_takes_no_job_is_not_asked(state: str, level: str | None) -> None:
    found = judge_state(BoardState("pi-1", state, "Prolog error"))
    assert (found.level if found else None) == level
