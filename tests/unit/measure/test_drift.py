"""The play `drift` from its physics to the verdicts, on a clock that only the test moves."""

from __future__ import annotations

import math
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from bench.board.clocks import now
from bench.board.simulated.board import DRIFT_S
from bench.decide.differences import compared
from bench.decide.quantities import QUANTITIES
from bench.measure import simulated_pace
from bench.measure.simulated_pace import Slowed
from bench.records.columns import Results
from bench.records.notes.steadiness import RunDrift, UnknownDrift
from bench.records.run import Call
from bench.records.schema import Repetition, Window
from bench.records.statistics import ALPHA
from bench.records.store import write_record
from bench.results.merge import merge
from tests.made.records import new_run, repetition
from tests.made.world import World

FRAMEWORKS = ("opencv", "tensorflow", "onnxruntime", "ncnn")
MODELS = ("googlenet", "squeezenet_v1.1", "nin", "mobilenet_v1_1.0_224")
REPETITIONS = 3
IMAGES = 20
SCATTER = 0.002
"""Between the processes of a quiet board; a drift of 1 % is large beside it."""

Slot = tuple[str, str, int]
CHAIN: list[Slot] = [(*cell, number) for cell in product(FRAMEWORKS, MODELS) for number in range(1, REPETITIONS + 1)]
ROUNDS = sorted(CHAIN, key=lambda slot: slot[2])


def session(path: Path, order: list[Slot], seed: int) -> Results:
    """Measure equal frameworks in this order in a quarter of an hour, the first cell once more, and merge."""
    generator = np.random.default_rng(seed)
    pace = [1.0]
    image_s = DRIFT_S / (len(order) + 1) / IMAGES
    world = World(path / "board", "drift", lambda: image_s * pace[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated_pace, "time", world)
        slowed = Slowed(world, path / "board", 1500)

        def measured(framework: str, model: str, number: int) -> Repetition:
            pace[0] = math.exp(generator.normal(0, SCATTER))
            begin_ns, times = world.ns, []
            for _ in range(IMAGES):
                began_ns = world.ns
                slowed.infer(np.zeros(1))
                times.append(world.ns - began_ns)
            windows = [Window(name="timed", begin_ns=begin_ns, end_ns=begin_ns + sum(times))]
            fields = {"framework": framework, "model": model, "windows": windows, "call": framework}
            return repetition(number, **fields, preprocess_ns=[0] * IMAGES, inference_ns=times)

        folder = new_run(path, [*MODELS], profile="paper")
        for slot in order:
            folder.write_repetition(measured(*slot))
        write_record(folder.again_json, measured(*order[0]))
    calls = [
        Call(id=name, framework=name, command=[], platform="linux/amd64", bench_version="0", began=now())
        for name in FRAMEWORKS
    ]
    folder.write_run(folder.read_run().model_copy(update={"calls": calls}))
    return merge(folder)


def false_differences(results: Results) -> list[bool]:
    """Say of every pair of frameworks of a model whether their speeds count as different."""
    judged = [
        compared(QUANTITIES["throughput"], one, other)
        for model in MODELS
        for one, other in combinations([row for row in results.rows if row.model == model], 2)
    ]
    return [each is not None and each.difference is not None and each.difference.p <= ALPHA for each in judged]


def test_the_chain_of_frameworks_says_that_the_board_drifted_and_by_how_much(tmp_path: Path) -> None:
    results = session(tmp_path, CHAIN, seed=0)
    (note,) = [note for note in results.warnings if isinstance(note, RunDrift)]
    assert note.change == pytest.approx(-0.01, abs=3 * SCATTER)
    assert {row.status for row in results.rows} == {"ok"}


def test_equal_frameworks_in_rounds_are_told_apart_in_at_most_8_percent_of_comparisons(tmp_path: Path) -> None:
    found: list[bool] = []
    for seed in range(10):
        results = session(tmp_path / str(seed), ROUNDS, seed)
        assert not [note for note in results.warnings if isinstance(note, (RunDrift, UnknownDrift))]
        found += false_differences(results)
    assert len(found) == 10 * 24
    assert sum(found) / len(found) <= 0.08


def test_equal_frameworks_in_turn_would_be_told_apart_were_the_drift_not_known(tmp_path: Path) -> None:
    results = session(tmp_path, CHAIN, seed=0)
    known = sum(false_differences(results))
    unknown = results.model_copy(update={"rows": [row.model_copy(update={"drift": None}) for row in results.rows]})
    assert sum(false_differences(unknown)) > known
    assert known <= 0.08 * 24
