from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from bench.cli.app import app
from bench.records.schema import Window
from bench.results.merge import merge
from bench.results.verify import verify
from bench.runs.folder import RunFolder
from tests.made.records import new_run, predict, repetition, sample

CELL = "cells/opencv/googlenet"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A whole and merged run of two cells, one of which failed."""
    folder = new_run(tmp_path, models=["googlenet", "nin"])
    windows = [*repetition().windows, Window(name="accuracy", begin_ns=1, end_ns=2)]
    folder.write_repetition(repetition(windows=windows))
    folder.write_repetition(repetition(model="nin", status="oom", error="no memory", inference_ns=[], preprocess_ns=[]))
    sample(folder, watts=4.0)
    predict(folder, right=6, in_five=2, wrong=2)
    merge(folder)
    return folder


def edit(name: str, change: Callable[[str], str]) -> Callable[[RunFolder], None]:
    def damage(folder: RunFolder) -> None:
        path = folder.path / name
        path.write_text(change(path.read_text()))

    return damage


def test_a_whole_run_has_no_fault(folder: RunFolder) -> None:
    found = verify(folder)
    assert (found.files, found.problems) == (6, [])


def test_the_doctor_s_report_belongs_to_a_run_and_is_read(folder: RunFolder) -> None:
    folder.write_examination([])
    assert verify(folder).problems == []
    folder.doctor_json.write_text("{")
    (problem,) = verify(folder).problems
    assert "doctor.json is not JSON" in problem


def test_a_run_of_several_repetitions_has_no_fault(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    for number in range(1, 6):
        folder.write_repetition(repetition(number, inference_ns=[(98 + number) * 1_000_003] * 20))
    merge(folder)
    assert verify(folder).problems == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (edit(f"{CELL}/rep-01.json", lambda text: text[:100]), r"rep-01\.json is not JSON"),
        (
            edit(f"{CELL}/rep-01.json", lambda text: text.replace('"aa"', '"bb"')),
            "it used weights bb, the plan says aa",
        ),
        (
            edit(f"{CELL}/rep-01.json", lambda text: text.replace('"threads": 2', '"threads": 1')),
            "its threads are 1, the plan says 2",
        ),
        (edit(f"{CELL}/rep-01.json", lambda text: text.replace('"call": "s"', '"call": "t"')), "no call t"),
        (edit("predictions/opencv/googlenet.csv", lambda text: text[:-15]), r"googlenet\.csv: line 11 can't be read"),
        (edit("predictions/opencv/googlenet.csv", lambda _: ""), "has no column label, class1"),
        (edit("samples.csv", lambda text: text[:-5]), "the last line is unfinished"),
        (edit("samples.csv", lambda _: ""), "is not the header of a samples file"),
        (edit("sampler.json", lambda _: ""), r"sampler\.json is not JSON"),
        (
            edit("results.csv", lambda text: text.replace("0.6,0.8", "0.9,0.9")),
            r"line 3, contradicts itself \(fom_top1",
        ),
        (edit("results.csv", lambda text: text.replace("0.5,250.0", "0.7,250.0")), r"load_s is 0\.7, not 0\.5"),
        (edit("results.csv", lambda text: text.splitlines()[0]), "it has 0 cells, they give 2"),
        (edit("results.json", lambda text: text.replace('"top1": 0.6', '"top1": 0.9')), "top1 is 0.9, not 0.6"),
        (lambda folder: (folder.path / "samples.csv").unlink(), r"samples\.csv is missing: sampler\.json tells"),
        (lambda folder: (folder.path / "results.json").unlink(), r"results\.json is missing; 'bench merge r'"),
        (lambda folder: (folder.path / "notes.txt").write_text("x"), r"notes\.txt is no file of a run"),
        (
            lambda folder: (folder.path / "cells" / ".x.json.1").write_text("x"),
            r"cells/\.x\.json\.1 was left by a write",
        ),
        (lambda folder: folder.predictions("opencv", "googlenet").unlink(), r"googlenet\.csv is missing"),
    ],
)
def test_every_fault_is_named_with_its_file(
    folder: RunFolder, damage: Callable[[RunFolder], object], words: str
) -> None:
    damage(folder)
    problems = verify(folder).problems
    assert any(re.search(words, problem) for problem in problems), problems


def test_an_unreadable_run_json_is_the_one_fault(folder: RunFolder) -> None:
    folder.run_json.write_text("{")
    (problem,) = verify(folder).problems
    assert "run.json is not JSON" in problem


def test_a_results_csv_that_an_older_bench_merged_is_no_fault_if_its_numbers_hold(folder: RunFolder) -> None:
    path = folder.path / "results.csv"
    pd.read_csv(path, dtype=str).drop(columns="schema_version").to_csv(path, index=False)
    assert "schema_version" not in path.read_text()
    assert verify(folder).problems == []


def test_the_command_fails_on_a_fault(folder: RunFolder) -> None:
    results = folder.path.parent / "results"
    shutil.copytree(folder.path, results / "runs" / "r")
    arguments = ["verify", "r", "--results", str(results)]
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.output) == (0, "Run r: 6 files checked, no fault.\n")
    (results / "runs" / "r" / "notes.txt").write_text("x")
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 1
    assert json.loads(done.output)["problems"] == ["notes.txt is no file of a run and not used; move it away"]


def test_the_next_merge_sweeps_what_one_that_was_killed_left(folder: RunFolder) -> None:
    left = [
        folder.path / name for name in (".results.csv.x1", ".results.json.x2", ".report.html.x3", ".sampler.json.x4")
    ]
    for path in left:
        path.write_text("half")
        os.utime(path, (1, 1))
    (folder.path / ".results.csv.now").write_text("another merge writes it at this moment")
    assert len(verify(folder).problems) == 5
    merge(folder)
    assert [problem.split()[0] for problem in verify(folder).problems] == [".results.csv.now"]
