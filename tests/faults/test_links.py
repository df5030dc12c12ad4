"""A symbolic link in the results is named, and neither read nor written through."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import UserError
from bench.power.sampling.process import SamplerJob
from bench.prepare.images.imageset import ImageSet
from bench.prepare.models.prepared import PreparedModel
from bench.records.run import Conditions
from bench.runs.folder import RunFolder
from bench.runs.open import join
from tests.made.prepared import made_images, made_model
from tests.made.runs import made_cells, made_run


def move_behind_a_link(path: Path, elsewhere: Path) -> dict[Path, bytes]:
    """Replace a file or folder, made if need be, by a link to where it is moved; return what is there."""
    if not path.exists():
        path.mkdir()
    target = elsewhere / path.name
    elsewhere.mkdir()
    shutil.move(path, target)
    path.symlink_to(target)
    return content(elsewhere)


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


PLACES = [
    "runs",
    "runs/r",
    "runs/r/run.json",
    "runs/r/samples.csv",
    "runs/r/board",
    "runs/r/cells",
    "runs/r/cells/opencv",
    "runs/r/cells/opencv/googlenet/rep-01.json",
    "runs/r/predictions",
    "runs/r/predictions/opencv/googlenet.csv",
    "runs/r/shards",
    "runs/r/figures",
]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_a_run_is_opened_through_a_link(tmp_path: Path, place: str) -> None:
    results = tmp_path / "results"
    folder = made_run(results / "runs", "r", made_cells()[:2])
    plan = folder.read_run().plan
    before = move_behind_a_link(results / place, tmp_path / "elsewhere")
    for command in ("merge", "report", "verify", "compare r"):
        done = CliRunner().invoke(app, [*command.split(), "r", "--results", str(results)])
        assert isinstance(done.exception, UserError), (command, done.output)
        assert f"results/{place} is a symbolic link, and nothing is opened through one" in str(done.exception)
    with pytest.raises(UserError, match="is a symbolic link"):
        join(RunFolder(folder.path), plan, Conditions())
    with pytest.raises(UserError, match="is a symbolic link"):
        SamplerJob.beside(folder, "none", 1.0)
    assert content(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("place", ["prepared", "prepared/nin", "prepared/nin/model.json", "prepared/nin/weights.npz"])
def test_no_prepared_model_is_read_through_a_link(tmp_path: Path, place: str) -> None:
    model = made_model(tmp_path / "results", "nin")
    (model / "weights.npz").write_bytes(b"x")
    move_behind_a_link(tmp_path / "results" / place, tmp_path / "elsewhere")
    with pytest.raises(UserError, match=f"results/{place} is a symbolic link"):
        PreparedModel(model)


@pytest.mark.parametrize(
    "place", ["prepared", "prepared/images", "prepared/images/pictures", "prepared/images/set.json"]
)
def test_no_images_are_read_or_prepared_through_a_link(tmp_path: Path, place: str) -> None:
    results = tmp_path / "results"
    results.mkdir()
    images = made_images(results, [1, 2]).folder
    before = move_behind_a_link(results / place, tmp_path / "elsewhere")
    with pytest.raises(UserError, match=f"results/{place} is a symbolic link"):
        ImageSet(images)
    done = CliRunner().invoke(app, ["prepare", "--images", str(results / "photos"), "--results", str(results)])
    assert isinstance(done.exception, UserError), done.output
    assert "is a symbolic link" in str(done.exception)
    assert content(tmp_path / "elsewhere") == before


def test_the_results_folder_itself_may_be_on_another_disk(tmp_path: Path) -> None:
    made_run(tmp_path / "disk" / "runs", "r", made_cells()[:1])
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    done = CliRunner().invoke(app, ["merge", "r", "--results", str(tmp_path / "results")])
    assert done.exit_code == 0, done.output
