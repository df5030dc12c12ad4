"""Whatever a user types is understood, or refused in one sentence that names what is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.board.simulated.board import parse_spec
from bench.catalog import find_framework, find_models, find_source
from bench.catalog.suites import find_suite
from bench.decide.wishes import goal_of, share, slower_than
from bench.errors import UserError
from bench.measure.profiles import find_profile
from bench.power.external.log import LogColumns, read_log
from bench.power.meter import find_meter
from bench.runs.open import named_run
from bench.runs.shards import parse_share

WORDS = [
    "simulated",
    "pi4",
    "play",
    "idle",
    "hwmon",
    "i2c",
    "shunt",
    "fnirsi",
    "file",
    "none",
    "merit",
    "top1",
    "throughput",
    "slower",
    "paper",
    "nin",
    "caffe",
]
TYPED = st.text(max_size=20) | st.lists(st.sampled_from([*WORDS, *":=,%.-0123456789 "]), max_size=8).map("".join)

UNDERSTOOD: dict[str, Callable[[str], Any]] = {
    "--board": parse_spec,
    "--fail-if": slower_than,
    "--framework": find_framework,
    "--goal": goal_of,
    "--meter": find_meter,
    "--min-top1": lambda text: share(text, "--min-top1"),
    "--models": lambda text: find_models([text]),
    "--profile": find_profile,
    "--shard": parse_share,
    "--run": lambda text: named_run(Path("/nonexistent"), text),
    "--source": find_source,
    "--suite": find_suite,
}


@pytest.mark.parametrize("option", UNDERSTOOD)
@given(text=TYPED)
@example(text="simulated:")
@example(text="=1,=")
@example(text="\0")
def test_an_option_is_understood_or_refused_in_a_sentence(option: str, text: str) -> None:
    try:
        UNDERSTOOD[option](text)
    except UserError as error:
        assert str(error).strip()
        assert str(error)[0] != " "


FIELD = st.sampled_from(
    ["", "1", "-2.5", "1e400", "nan", "inf", "2026-01-31 12:00:00", "2026-01-31T12:00:00Z", "x", '"']
)
CELLS = st.lists(st.lists(FIELD, min_size=1, max_size=4), max_size=5)


@given(cells=CELLS, separator=st.sampled_from(",;\t "), noise=st.binary(max_size=10))
def test_a_foreign_log_is_read_or_refused_in_a_sentence(cells: list[list[str]], separator: str, noise: bytes) -> None:
    lines = [separator.join(["time", "power", "more"]), *(separator.join(row) for row in cells)]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        log.write_bytes("\n".join(lines).encode() + noise)
        try:
            found = read_log(log, LogColumns("time", "power"), "UTC")
        except UserError as error:
            assert str(log) in str(error) or "column" in str(error)
        else:
            assert found.times_s.shape == found.watts.shape == found.volts.shape == found.amps.shape
