from __future__ import annotations

from pathlib import Path

from bench.launch.rounds import turns
from bench.measure.profiles import find_profile
from bench.runs.folder import RunFolder
from tests.made.records import new_run, repetition

NAMES = ["opencv", "tensorflow", "caffe"]


def measured(folder: RunFolder, spoiled: str = "") -> list[tuple[int, str]]:
    """Follow the turns, and make the repetition that each is for."""
    found = []
    for number, name in turns(folder, NAMES):
        found.append((number, name))
        status = "failed" if name == spoiled else "ok"
        folder.write_repetition(repetition(number, 100 * number, framework=name, status=status))
    return found


def test_each_round_has_every_framework_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    found = measured(new_run(tmp_path, profile="paper"))
    rounds = [[name for number, name in found if number == wanted] for wanted in (1, 2, 3)]
    assert all(sorted(order) == sorted(NAMES) for order in rounds)
    assert len({tuple(order) for order in rounds}) > 1
    assert found == measured(new_run(tmp_path / "again", profile="paper"))


def test_what_is_known_well_enough_has_no_further_turn(tmp_path: Path) -> None:
    found = measured(new_run(tmp_path, profile="full"))
    assert max(number for number, _ in found) == find_profile("full").repetitions == 5


def test_what_failed_has_no_further_turn(tmp_path: Path) -> None:
    found = measured(new_run(tmp_path, profile="paper"), spoiled="caffe")
    assert [number for number, name in found if name == "caffe"] == [1]
    assert [number for number, name in found if name == "opencv"] == [1, 2, 3]


def test_a_profile_that_measures_once_has_one_turn_each_for_everything(tmp_path: Path) -> None:
    assert list(turns(new_run(tmp_path, profile="quick"), NAMES)) == [(0, name) for name in NAMES]


def test_a_cell_of_another_precision_that_is_not_known_well_enough_has_its_turn(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    run = folder.read_run()
    folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"precisions": ["fp32", "int8"]})}))
    rounds = []
    for number, name in turns(folder, ["opencv"]):
        rounds.append(number)
        folder.write_repetition(repetition(number, 100 * number, framework=name))
        times_ns = [round(99_000_000 * (1.2 if number % 2 else 0.8))] * 20  # scatters too much to be known
        folder.write_repetition(
            repetition(number, 100 * number + 50, framework=name, precision="int8", inference_ns=times_ns)
        )
    assert rounds == list(range(1, find_profile("full").repetitions_max + 1))
