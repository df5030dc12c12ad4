"""What a user of command lines expects of one: short options, groups in the help, lists for machines."""

from __future__ import annotations

import errno
import io
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bench.cli  # noqa: F401  (all commands join the app)
from bench import __version__
from bench.catalog import frameworks, models
from bench.cli.app import app
from bench.launch import leftovers
from bench.launch.engine import Engine
from bench.measure.profiles import PROFILES
from bench.power.meter import AFTERWARDS, meter_names
from bench.report.terminal.messages import Messages
from bench.results.merge import merge
from tests.made.runs import made_run


def typed(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", [[], ["up"], ["list"]])
def test_h_is_help_of_every_command(command: list[str]) -> None:
    assert typed(*command, "-h") == typed(*command, "--help")


def test_v_is_the_version() -> None:
    assert typed("-V") == typed("--version") == f"bench {__version__}\n"


def test_the_help_has_its_groups_in_order_within_80_columns_and_up_before_all() -> None:
    shown = typed("--help")
    assert re.findall(r"─ (Measure|Read|Decide|Set up) ─", shown) == ["Measure", "Read", "Decide", "Set up"]
    commands = re.findall(r"^│ ([a-z]+) ", shown, re.MULTILINE)
    assert commands[0] == "up"
    assert len(commands) == len(app.registered_commands) + len(app.registered_groups)
    assert max(map(len, shown.splitlines())) <= 80
    assert "--install-completion" in shown


@pytest.mark.parametrize(
    ("what", "key", "names"),
    [
        ("models", "model", list(models())),
        ("frameworks", "framework", list(frameworks())),
        ("profiles", "profile", list(PROFILES)),
        ("meters", "meter", [*meter_names(), AFTERWARDS]),
    ],
)
def test_each_list_is_there_alone_and_for_machines(what: str, key: str, names: list[str]) -> None:
    assert [entry[key] for entry in json.loads(typed("list", what, "--json"))] == names
    assert all(name in typed("list", what) for name in names)


@pytest.mark.parametrize("what", ["suites", "frameworks", "models", "sources", "profiles", "meters"])
def test_no_list_breaks_a_word_at_80_columns(what: str) -> None:
    rows = json.loads(typed("list", what, "--json"))
    words = {word for row in rows for value in row.values() if isinstance(value, str) for word in value.split()}
    shown = typed("list", what)
    assert max(map(len, shown.splitlines())) <= 80
    assert {word for word in words if word not in shown and len(word) <= 20 and "x" not in word} == set()


def test_a_long_time_is_written_as_one_does() -> None:
    assert "1,800" in typed("list", "profiles")


def test_all_lists_are_there_at_once_for_machines() -> None:
    assert set(json.loads(typed("list", "--json"))) == {
        "suites",
        "frameworks",
        "models",
        "sources",
        "profiles",
        "meters",
    }


def test_recommend_answers_for_each_run_that_is_named_by_a_prefix(tmp_path: Path) -> None:
    for name, board in (("one", "Pi 4"), ("two", "Pi 5")):
        merge(made_run(tmp_path / "runs", name, board=board))
    shown = " ".join(typed("recommend", "o", "tw", "--results", str(tmp_path)).split())
    assert 0 <= shown.find("one · Pi 4: On this board use") < shown.find("two · Pi 5: On this board use")
    found = json.loads(typed("recommend", "o", "tw", "--json", "--results", str(tmp_path)))
    assert [(one["run"], one["answer"][:17]) for one in found] == [
        ("one", "On this board use"),
        ("two", "On this board use"),
    ]
    alone = json.loads(typed("recommend", "o", "--json", "--results", str(tmp_path)))
    assert alone["answer"] == found[0]["answer"]


def test_open_shows_a_run_s_page_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made_run(tmp_path / "runs", "may-4")
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    asked = ["open", "may", "--results", str(tmp_path)]
    refused = CliRunner().invoke(app, asked)
    assert str(refused.exception) == "run may-4 has no page yet; 'bench report may-4' writes it"
    (folder.path / "report.html").touch()
    typed(*asked)
    assert opened == [f"file://{folder.path.resolve()}/report.html"]


def test_open_says_what_to_do_where_there_is_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made_run(tmp_path / "runs", "may-4")
    (folder.path / "report.html").touch()
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    done = CliRunner().invoke(app, ["open", "--results", str(tmp_path)])
    assert "there is no browser here; copy" in str(done.exception)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an environment, a prepared model and a run, on a computer without an engine."""
    for name in (".venvs/caffe", "prepared/.images.old", "prepared/nin", "runs/may-4"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_bytes(bytes(3_000_000))
    monkeypatch.setattr(leftovers, "PLACE", tmp_path)
    monkeypatch.setattr(leftovers, "find_engine", lambda: Engine(None))
    return tmp_path


def test_clean_tells_what_takes_how_much_and_removes_nothing_unasked(disk: Path) -> None:
    told = typed("clean", "--results", str(disk))
    assert re.findall(r"^ +(\d+) MB  (\w+ \w+) ", told, re.MULTILINE) == [
        ("3", "environment caffe"),
        ("3", "prepared nin"),
    ]
    assert (disk / ".venvs" / "caffe" / "file").exists()
    assert [one["what"] for one in json.loads(typed("clean", "--json", "--results", str(disk)))] == [
        "environment caffe",
        "prepared nin",
    ]


def test_clean_removes_what_it_is_told_to_and_never_a_run(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.cli.board.is_terminal", lambda: True)
    done = CliRunner().invoke(app, ["clean", "--results", str(disk)], input="y\nn\n")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 80 + len(str(disk))
    assert "Remove prepared nin (3 MB)? 'bench prepare' makes it again" in done.output
    assert not (disk / ".venvs" / "caffe").exists()
    assert (disk / "prepared" / "nin" / "file").exists()
    assert (disk / "runs" / "may-4" / "file").exists()


def test_clean_goes_on_after_what_can_t_go(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder / "file"))

    monkeypatch.setattr("bench.cli.board.is_terminal", lambda: True)
    monkeypatch.setattr("shutil.rmtree", refuse)
    done = CliRunner().invoke(app, ["clean", "--results", str(disk)], input="y\ny\n")
    assert done.exit_code == 0, done.output
    for folder in (".venvs/caffe", "prepared/nin"):
        assert f"It stays, or some of it: {disk}/{folder}/file: Permission denied" in done.output


def test_a_sentence_fits_a_terminal_and_no_name_in_it_is_broken() -> None:
    name = "sha256:" + "0123456789abcdef" * 6
    sentence = f"run 2026-11-26T10-19-34Z was measured with an image of other source, which is {name}; measure it again"
    for terminal in (True, False):
        console = Messages(file=io.StringIO(), width=80, force_terminal=terminal, no_color=True)
        console.print(sentence, highlight=False)
        lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        assert " ".join(lines).split() == sentence.split()
        assert len(lines) == (3 if terminal else 1)
        assert all(len(line) <= 80 or line == f"{name};" for line in lines) or not terminal
