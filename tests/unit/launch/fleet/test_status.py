"""How far a fleet is, from what Slurm says and what is here."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from bench.errors import UserError
from bench.launch.fleet.record import FleetFolder, SharedCell
from bench.launch.fleet.slurm import BoardState, Job, Slurm
from bench.launch.fleet.status import judge, status_lines
from bench.runs.shards import Share
from tests.made.shards import made_shard

CELL = SharedCell(framework="opencv", model="nin", shards=6)


def test_every_shard_is_here_or_runs_or_waits_or_is_missing(tmp_path: Path) -> None:
    fleet = FleetFolder(tmp_path, "sept")
    fleet.add_boards(["pi-1", "pi-2"])
    fleet.add_cells([CELL])
    made_shard(fleet.shards(CELL), Share(1, 6))
    jobs = [
        Job("7", None, "RUNNING", "pi-1", "None", "sept-pi-1"),
        Job("8_1", 1, "RUNNING", "pi-2", "None", "sept:opencv:nin"),  # which is here already
        Job("8_2", 2, "RUNNING", "pi-2", "None", "sept:opencv:nin"),
        Job("8_3", 3, "PENDING", "", "Resources", "sept:opencv:nin"),
        Job("9_5", 5, "PENDING", "", "Resources", "okt:opencv:nin"),
    ]
    boards = [BoardState("pi-1", "allocated", "none"), BoardState("pi-2", "drained", "Prolog error")]
    status = judge(fleet, fleet.read(), boards, jobs)
    assert status_lines(status)[:3] == [
        "pi-1  allocated; job 7 running; its run is not here",
        "pi-2  drained (Prolog error); no job waits or runs; its run is not here",
        "opencv nin  1 of 6 shards here; running: 2; waiting: 3; missing: 4-6",
    ]


def test_a_name_under_which_nothing_was_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing was asked of any board under the name 'okt'"):
        FleetFolder(tmp_path, "okt").read()


def test_without_a_name_nothing_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs a name"):
        FleetFolder(tmp_path, "")


def test_without_slurm_it_says_what_to_install_and_what_one_board_can_do_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(UserError, match=r"no 'sbatch'.*sudo apt install slurm-wlm munge.*'bench up' measures it"):
        Slurm(Console(quiet=True))
