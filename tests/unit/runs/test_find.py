"""A run is found by its name, the beginning of it, or its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UserError
from bench.runs.find import find_run
from tests.made.runs import made_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "runs"
    for name in ("2026-01-31", "2026-02-01", "2026-02-01-2"):
        made_run(folder, name)
    return folder


def test_a_run_is_found_by_what_only_its_name_begins_with(runs: Path) -> None:
    assert find_run(runs, "2026-01").run_id == "2026-01-31"


def test_a_whole_name_is_that_run_also_where_another_begins_with_it(runs: Path) -> None:
    assert find_run(runs, "2026-02-01").run_id == "2026-02-01"


def test_a_run_is_found_by_its_path_wherever_it_lies(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    elsewhere = Path("/nonexistent")
    for path in ("./2026-01-31", "2026-01-31/", str(runs / "2026-01-31")):
        found = find_run(elsewhere, path)
        assert (found.run_id, found.path) == ("2026-01-31", runs / "2026-01-31")


def test_what_several_names_begin_with_names_them(runs: Path) -> None:
    with pytest.raises(
        UserError, match=r"begins the names of 2 runs in .*; write more of one: 2026-02-01, 2026-02-01-2"
    ):
        find_run(runs, "2026-02")


def test_what_names_no_run_says_which_there_are_or_what_the_path_lacks(runs: Path) -> None:
    with pytest.raises(UserError, match=r"there is no run 'mine' in .*; there are: 2026-01-31, 2026-02-01"):
        find_run(runs, "mine")
    with pytest.raises(UserError, match=r"/nonexistent/mine is no run's folder: there is no run\.json in it"):
        find_run(runs, "/nonexistent/mine")
