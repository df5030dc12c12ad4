"""What variables meant in former versions still holds, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.former import translate
from bench.errors import UserError


def translated(**environment: str) -> tuple[dict[str, str], list[str]]:
    said: list[str] = []
    translate(environment, said.append)
    return {name: value for name, value in environment.items() if value}, said


def test_a_folder_in_bench_models_is_taken_for_the_weights(tmp_path: Path) -> None:
    found, said = translated(BENCH_MODELS=str(tmp_path))
    assert found == {"BENCH_WEIGHTS": str(tmp_path)}
    assert said == [f"BENCH_MODELS is a folder: taken as --weights; write BENCH_WEIGHTS={tmp_path} from now on"]


def test_a_container_finds_the_folder_in_what_compose_has_mounted(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    found, said = translated(BENCH_MODELS="/home/pi/weights", BENCH_MODELS_BESIDE=str(tmp_path))
    assert found["BENCH_WEIGHTS"] == str(tmp_path / "weights")
    assert said == ["BENCH_MODELS is a folder: taken as --weights; write BENCH_WEIGHTS=/home/pi/weights from now on"]


def test_where_the_folder_is_not_mounted_it_names_no_models_all_the_same() -> None:
    assert translated(BENCH_MODELS="/home/pi/weights") == ({"BENCH_WEIGHTS": "/home/pi/weights"}, [])


def test_names_of_models_stay_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert translated(BENCH_MODELS="squeezenet,goog") == ({"BENCH_MODELS": "squeezenet,goog"}, [])
    assert translated() == ({}, [])


def test_the_former_name_of_the_models_variable_still_holds() -> None:
    found, said = translated(BENCH_ONLY_MODELS="nin")
    assert found == {"BENCH_MODELS": "nin"}
    assert said == ["BENCH_ONLY_MODELS is called BENCH_MODELS now: write BENCH_MODELS=nin from now on"]


def test_both_former_variables_together_mean_what_they_meant(tmp_path: Path) -> None:
    found, _ = translated(BENCH_MODELS=str(tmp_path), BENCH_ONLY_MODELS="nin")
    assert found == {"BENCH_WEIGHTS": str(tmp_path), "BENCH_MODELS": "nin"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"BENCH_MODELS": "/", "BENCH_WEIGHTS": "/tmp"}, "name models there, or leave it out"),
        ({"BENCH_MODELS": "nin", "BENCH_ONLY_MODELS": "goog"}, "leave BENCH_ONLY_MODELS out"),
    ],
)
def test_what_can_not_hold_is_refused(environment: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        translated(**environment)
