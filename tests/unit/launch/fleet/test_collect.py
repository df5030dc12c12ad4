"""What boards send is taken only if it is whole, and lies nowhere else than it should."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from bench.launch.fleet.collect import take
from bench.launch.fleet.record import FleetFolder, SharedCell
from bench.records.columns import Results
from bench.records.store import read_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.shards import Share, shard_csv, shard_json
from tests.made.runs import made_run
from tests.made.shards import made_shard

CELL = SharedCell(framework="opencv", model="nin", shards=2)


@pytest.fixture
def fleet(tmp_path: Path) -> FleetFolder:
    return FleetFolder(tmp_path / "here", "sept")


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """The runs of a board: its own, finished, and both shards of a cell."""
    runs = tmp_path / "board"
    merge(made_run(runs, "sept-pi-1", repetitions=3))
    for number in (1, 2):
        made_shard(shards(runs), Share(number, 2))
    return runs


def shards(runs: Path) -> Path:
    return RunFolder(runs / "sept").shards("opencv", "nin")


def archive(runs: Path) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for path in sorted(runs.iterdir()):
            tar.add(path, path.name)
    return file.getvalue()


def taken(fleet: FleetFolder, runs: Path) -> list[str]:
    told = list(take(fleet, "pi-1", archive(runs)))
    assert not (fleet.path / "incoming").exists()
    return told


def test_a_whole_run_and_its_shards_are_taken(fleet: FleetFolder, board: Path) -> None:
    assert taken(fleet, board) == ["run sept-pi-1 is here, checked.", "2 shards are here, checked."]
    assert fleet.run_of("pi-1").results_csv.read_bytes() == (board / "sept-pi-1" / "results.csv").read_bytes()
    assert fleet.missing(CELL) == []


def test_a_board_that_has_nothing_tells_nothing(fleet: FleetFolder, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert taken(fleet, tmp_path / "nothing") == []


def test_a_run_that_is_measured_still_is_not_taken(fleet: FleetFolder, board: Path) -> None:
    run = RunFolder(board / "sept-pi-1")
    run.write_run(run.read_run().model_copy(update={"ended": None}))
    assert taken(fleet, board)[0] == "run sept-pi-1 is not finished: not taken."
    assert not fleet.run_of("pi-1").path.exists()


def test_a_run_that_was_changed_is_not_taken_and_the_former_one_stays(fleet: FleetFolder, board: Path) -> None:
    taken(fleet, board)
    (board / "sept-pi-1" / "results.csv").write_text("nonsense\n")
    assert taken(fleet, board)[0].startswith("run sept-pi-1 is not whole, and not taken: ")
    assert fleet.run_of("pi-1").results_csv.read_text() != "nonsense\n"


def test_another_run_of_the_same_name_stays(fleet: FleetFolder, board: Path) -> None:
    own = merge(made_run(fleet.runs, "sept-pi-1", day=1))
    assert taken(fleet, board)[0].startswith("run sept-pi-1 was not taken: another of that name is here; move ")
    assert read_record(fleet.run_of("pi-1").results_json, Results) == own


def test_a_run_whose_taking_was_cut_off_is_there_again(fleet: FleetFolder, board: Path) -> None:
    taken(fleet, board)
    here = fleet.run_of("pi-1").path
    here.rename(here.with_name(".sept-pi-1.former"))
    (board / "sept-pi-1" / "results.csv").write_text("nonsense\n")
    taken(fleet, board)
    shutil.copy(here.with_name(".sept-pi-1.former") / "results.csv", board / "sept-pi-1")
    taken(fleet, board)
    assert fleet.run_of("pi-1").run_json.exists()
    assert not here.with_name(".sept-pi-1.former").exists()


def test_a_torn_shard_is_named_and_stays_missing(fleet: FleetFolder, board: Path) -> None:
    table = shard_csv(shards(board), Share(2, 2))
    table.write_bytes(table.read_bytes()[:-9])
    told = taken(fleet, board)
    assert told[1].startswith("shard 2/2 of opencv nin was not taken: ")
    assert told[2] == "1 shards are here, checked."
    assert fleet.missing(CELL) == [2]


def test_a_shard_without_its_record_is_not_done(fleet: FleetFolder, board: Path) -> None:
    shard_json(shards(board), Share(1, 2)).unlink()
    taken(fleet, board)
    assert fleet.missing(CELL) == [1]


def test_an_archive_that_was_cut_off_is_not_taken(fleet: FleetFolder, board: Path) -> None:
    (told,) = take(fleet, "pi-1", archive(board)[:-2000])
    assert told.startswith("what was sent is no whole archive (")
    assert not fleet.runs.exists()


@pytest.mark.parametrize("hostile", ["../outside", "/tmp/outside", "link"])
def test_nothing_is_written_outside(fleet: FleetFolder, tmp_path: Path, hostile: str) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        member = tarfile.TarInfo(hostile)
        if hostile == "link":
            member.type, member.linkname = tarfile.SYMTYPE, str(tmp_path)
        tar.addfile(member)
    (told,) = take(fleet, "pi-1", file.getvalue())
    assert told == f"what was sent is no whole archive ('{hostile}' is no file within it); nothing of it was taken."
    assert not (tmp_path / "here" / "fleet" / "outside").exists()
