"""What is asked of Slurm, by programs that note what they are asked."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bench.catalog.settings import MeterSettings, PlaceSettings, PlanSettings
from bench.errors import UserError
from bench.launch.fleet.record import FleetFolder, SharedCell
from bench.launch.fleet.submit import submit_runs, submit_shards
from bench.launch.settings import Settings
from bench.runs.shards import Share
from tests.made.shards import made_shard

CELL = SharedCell(framework="opencv", model="nin", shards=6)
SQUEUE = "8_3|3|PENDING||Resources|sept:opencv:nin\n7|N/A|RUNNING|pi-1|None|sept-pi-1\n"
SINFO = "pi-1|allocated|none\npi-2|idle|none\npi-2|idle|none\n"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which Slurm's programs note what they are asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, told in {"sbatch": "12\n", "squeue": SQUEUE, "sinfo": SINFO, "srun": ""}.items():
        (programs / f"{name}.told").write_text(told)
        script = f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/asked\ncat {programs}/{name}.told\n'
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return tmp_path / "asked"


def submitted(asked: Path) -> list[str]:
    return [line for line in asked.read_text().splitlines() if line.startswith("sbatch")]


def test_each_board_gets_a_job_but_for_one_that_has_it(asked: Path, tmp_path: Path) -> None:
    said = io.StringIO()
    plan = PlanSettings(run="sept", profile="full", models=["nin", "squeezenet"], no_accuracy=True)
    settings = Settings(plan, meter=MeterSettings("simulated"), place=PlaceSettings(tmp_path))
    submit_runs(settings, "", Console(file=said, width=300))
    (job,) = submitted(asked)
    assert job.startswith("sbatch --parsable --job-name=sept-pi-2 --nodelist=pi-2 ")
    options = f"--models nin --models squeezenet --profile full --no-accuracy --meter simulated --results {tmp_path}"
    assert job.endswith(f"/board.sh sept {options}")
    assert "pi-1: job 7 for it is there already, running.\n" in said.getvalue()
    assert f"$ {job.partition(' --nodelist')[0]}" in said.getvalue()
    assert FleetFolder(tmp_path, "sept").read().boards == ["pi-1", "pi-2"]


def test_only_shards_that_are_neither_here_nor_queued_are_asked_for(asked: Path, tmp_path: Path) -> None:
    made_shard(FleetFolder(tmp_path, "sept").shards(CELL), Share(1, 6))
    plan = PlanSettings(run="sept", frameworks=["opencv"], models=["nin"], accuracy_images=500)
    submit_shards(plan, tmp_path, 6, Console(quiet=True))
    (job,) = submitted(asked)
    assert " --job-name=sept:opencv:nin --array=2,4-6 " in job
    assert job.endswith(f"/accuracy.sh sept opencv nin 6 --precision fp32 --accuracy-images 500 --results {tmp_path}")


def test_a_cell_that_its_framework_can_t_compute_has_no_shards(asked: Path, tmp_path: Path) -> None:
    said = io.StringIO()
    plan = PlanSettings(run="sept", frameworks=["caffe"], models=["nin"], precision=["fp32", "fp16", "int8"])
    submit_shards(plan, tmp_path, 6, Console(file=said, width=300))
    assert [" --precision fp32" in job for job in submitted(asked)] == [True]
    assert "caffe nin@int8: no shards: Caffe has no layers of integers.\n" in said.getvalue()
    assert "caffe nin@fp16: no shards: Caffe has no layers of float16.\n" in said.getvalue()


def test_what_every_board_would_refuse_is_refused_here(asked: Path, tmp_path: Path) -> None:
    settings = Settings(PlanSettings(run="sept", models=["nim"]), place=PlaceSettings(tmp_path))
    with pytest.raises(UserError, match="nim"):
        submit_runs(settings, "", Console(quiet=True))
    assert not asked.exists()
    assert not (tmp_path / "fleet").exists()
