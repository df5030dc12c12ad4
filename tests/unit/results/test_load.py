from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli.app import app
from bench.errors import UserError
from bench.records.notes.results import BoardIsSimulated, Emulated, FewImages
from bench.records.proportions import Paired
from bench.results.load import load_results, paired
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.records import new_run, predict, repetition, sample


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = new_run(tmp_path / "results" / "runs")
    folder.write_repetition(repetition())
    sample(folder, watts=4.0)
    predict(folder, right=6, in_five=2, wrong=2)
    merge(folder)
    return folder


def test_a_run_and_its_files_give_the_same_rows(folder: RunFolder) -> None:
    runs = folder.path.parent
    latest = load_results(runs)
    assert (latest.name, latest.rows[0].throughput_fps, latest.emulated) == ("r", 10.0, False)
    for requested in ("r", str(folder.path / "results.json"), str(folder.path / "results.csv")):
        assert load_results(runs, requested).rows == latest.rows


def test_what_was_measured_in_some_precisions_is_found_or_what_there_is_instead(folder: RunFolder) -> None:
    loaded = load_results(folder.path.parent)
    both = replace(loaded, rows=[*loaded.rows, loaded.rows[0].model_copy(update={"precision": "int8"})])
    assert [row.precision for row in both.of([]).rows] == ["fp32", "int8"]
    assert [row.precision for row in both.of(["int8"]).rows] == ["int8"]
    with pytest.raises(UserError, match="r has nothing in int8, but in fp32"):
        loaded.of(["int8"])


def test_a_smoke_run_is_cautioned_about(folder: RunFolder) -> None:
    assert load_results(folder.path.parent).cautions == (FewImages(profile="smoke"),)


def test_what_is_not_real_about_a_board_is_cautioned_about(folder: RunFolder) -> None:
    file = folder.path / "results.json"
    content = json.loads(file.read_text())
    content["board"] |= {"emulated": True, "simulated": True}
    file.write_text(json.dumps(content))
    given = load_results(folder.path.parent)
    assert given.emulated
    assert given.cautions[:2] == (Emulated(), BoardIsSimulated())


def test_a_run_that_is_not_merged_says_what_to_do(folder: RunFolder) -> None:
    (folder.path / "results.json").unlink()
    with pytest.raises(UserError, match="run r is not merged yet; 'bench merge r' does it"):
        load_results(folder.path.parent, "r")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    for requested in ("x.csv", "x.json"):
        with pytest.raises(UserError, match=f"{requested} does not exist"):
            load_results(tmp_path, str(tmp_path / requested))


def test_the_commands_answer_in_words_and_in_json(folder: RunFolder) -> None:
    where = ["--results", str(folder.path.parents[1])]

    def invoke(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments, *where])
        assert "! r: profile smoke times too few images" in done.stderr
        return done.exit_code, done.stdout

    code, words = invoke("claims", "r")
    assert code == 0
    assert "SqueezeNet has the highest throughput in every framework" in words
    assert {found["verdict"] for found in json.loads(invoke("claims", "r", "--json")[1])} == {"can't tell"}

    code, words = invoke("recommend", "r", "--min-fps", "5")
    assert code == 0
    assert "GoogLeNet" in words and "figure of merit 1.50 img/J" in words
    code, words = invoke("recommend", "r", "--min-fps", "50", "--json")
    assert code == 1
    assert json.loads(words)["nearest"][0]["miss"] == pytest.approx(0.8)

    code, words = invoke("compare", "r", str(folder.path / "results.csv"), "--json")
    assert code == 0
    assert json.loads(words)[0]["ratios"]["merit"]["ratio"] == 1.0
    assert "No interval (measured once), so nobody can tell" in invoke("compare", "r", "r")[1]


def test_two_cells_of_runs_are_paired_and_those_of_tables_are_not(folder: RunFolder) -> None:
    runs = folder.path.parent
    run, table = load_results(runs, "r"), load_results(runs, str(folder.path / "results.csv"))
    (row,) = run.rows
    assert paired(run, run)(row, row, "top1") == Paired(6, 0, 0, 4)
    assert paired(run, run)(row, row, "top5") == Paired(8, 0, 0, 2)
    assert paired(run, table)(row, row, "top1") is None
    stale = row.model_copy(update={"top1": 0.7})
    assert paired(run, run)(stale, row, "top1") is None
