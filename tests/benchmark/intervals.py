"""Whether the intervals and verdicts hold, on data whose truth is known, as rows of a table; seeds are fixed.

Real data are the differences between the two runs of each cell of a Raspberry Pi 4, derived from MLPerf's published
logs (`results/reference/mlperf_pi4.csv`).
"""

import csv
import json
import math
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from bench.bootstrap import ROOT
from bench.cli.app import app
from bench.decide.compare import compare
from bench.decide.differences import compared
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row
from bench.records.statistics import ALPHA, interval, sd_of_logs
from bench.records.steadiness import drifts, two_modes
from tests.made.runs import made_cells, made_run, with_cell

HEADER = """# Whether the intervals and verdicts hold

Made data with a known truth, seeds fixed. "Pi 4" are the differences between two runs of one cell of a Raspberry Pi 4,
derived from MLPerf's published logs.

| what | repetitions | found | to reach |
|---|---|---|---|
"""

Draw = Callable[[np.random.Generator, int], np.ndarray]
"""Gives that many repetitions of something whose true value is 1."""

SCATTER = 0.005
"""Of a steady Raspberry Pi's repetitions."""

CELLS = [(f"framework {number // 4}", f"model {number % 4}") for number in range(16)]


def normal(generator: np.random.Generator, n: int) -> np.ndarray:
    """Repetitions that scatter by 1 %."""
    return np.exp(generator.normal(0, 0.01, n))


def slowed(generator: np.random.Generator, n: int, noise: float = SCATTER) -> np.ndarray:
    """Repetitions that scatter, and that something else slows down, seldom and then much: by a lognormal part."""
    slower = np.log1p(0.005 * np.exp(generator.normal(0, 1, n)))
    return np.exp(generator.normal(0, noise, n) - slower)


def only_slowed(generator: np.random.Generator, n: int) -> np.ndarray:
    """The same without any other scatter, which no board has."""
    return slowed(generator, n, 0.0)


def of_pi_4(generator: np.random.Generator, n: int) -> np.ndarray:
    """Repetitions that differ as two runs of a cell on a Raspberry Pi 4 do."""
    return np.exp(generator.choice(pi_4_differences(), n))


def unlike(generator: np.random.Generator, n: int) -> np.ndarray:
    """Repetitions of a cell that scatters in its own way: one of a hundred by 0.15 %, another by 1.6 %."""
    return np.exp(generator.normal(0, SCATTER * math.exp(generator.normal(0, 0.5)), n))


def two_speeds(generator: np.random.Generator, n: int) -> np.ndarray:
    """Processes that are 5 % slower half of the time."""
    return np.exp(generator.normal(0, 0.003, n)) * np.where(generator.random(n) < 0.5, 0.95, 1)


def alike(generator: np.random.Generator, n: int) -> np.ndarray:
    """Repetitions each of which has 0.7 of the error of the one before."""
    errors = [generator.normal(0, 0.01 / math.sqrt(1 - 0.7**2))]
    while len(errors) < n:
        errors.append(0.7 * errors[-1] + generator.normal(0, 0.01))
    return np.exp(errors)


@cache
def pi_4_differences() -> np.ndarray:
    """Return the logarithm of each cell's second time by its first."""
    with (ROOT / "results/reference/mlperf_pi4.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return np.log([float(row["ranging_mean_ms"]) / float(row["mean_ms"]) for row in rows])


def coverage(draw: Draw, n: int, sets: int = 20_000, seed: int = 0) -> float:
    """Return in which share of sets of `n` repetitions the 95 % interval holds the truth."""
    generator = np.random.default_rng(seed)
    truth = math.exp((pi_4_differences() if draw is of_pi_4 else np.log(draw(generator, 200_000))).mean())
    hits = 0
    for _ in range(sets):
        values = draw(generator, n).tolist()
        low, high = interval(math.exp(np.log(values).mean()), values) or (0.0, 0.0)
        hits += low <= truth <= high
    return hits / sets


def told(draw: Draw, n: int, sets: int = 2000, seed: int = 0) -> float:
    """Return in which share of sets a run says that it saw two modes or a drift."""
    generator = np.random.default_rng(seed)
    found = (draw(generator, n).tolist() for _ in range(sets))
    return sum(two_modes(values) is not None or drifts(values) for values in found) / sets


def made_rows(values: np.ndarray, run: str, **fields: object) -> list[Row]:
    """Return a row for each cell; `values` has a line of repetitions for each."""
    return [
        Row(
            run_id=run,
            board="b",
            framework=framework,
            model=model,
            status="ok",
            repetitions=len(own),
            throughput_fps=10 * math.exp(np.log(own).mean()),
            throughput_sd_log=sd_of_logs(own.tolist()),
            **fields,
        )
        for (framework, model), own in zip(CELLS, values)
    ]


def alarms(n: int, pairs: int, draw: Draw = normal, seed: int = 0) -> float:
    """Return in which share of pairs of equal runs `compare` calls any of sixteen cells faster or slower."""
    generator = np.random.default_rng(seed)
    found = 0
    for _ in range(pairs):
        one, other = (made_rows(np.array([draw(generator, n) for _ in CELLS]), run) for run in "ab")
        found += any(cell.verdict != "can't tell" for cell in compare(one, other))
    return found / pairs


def power(changed: int, cells: int = 16, n: int = 5, change: float = 0.02, pairs: int = 500, seed: int = 0) -> float:
    """Return in which share of cells that are slower by 2 % this is found, where so many of the cells are."""
    generator = np.random.default_rng(seed)
    found = 0
    for _ in range(pairs):
        values = np.exp(generator.normal(0, SCATTER, (2, cells, n)))
        values[1, :changed] *= 1 - change
        told = compare(made_rows(values[0], "a"), made_rows(values[1], "b"))
        found += sum(cell.verdict == "slower" for cell in told[:changed])
    return found / (pairs * changed)


def equal_merits(images: int = 500, n: int = 5, pairs: int = 2000, seed: int = 0) -> float:
    """Return in which share of pairs two models of equal accuracy, speed and power are told apart in merit."""
    generator = np.random.default_rng(seed)
    found = 0
    for _ in range(pairs):
        rows = []
        for model in ("one", "other"):
            rates = np.exp(generator.normal(0, SCATTER, n))
            top1 = generator.binomial(images, 0.6) / images
            rows.append(
                Row(
                    run_id="a",
                    board="b",
                    framework="f",
                    model=model,
                    status="ok",
                    repetitions=n,
                    weights_sha256=model,
                    images_classified=images,
                    top1=top1,
                    fom_top1=top1 * math.exp(np.log(rates).mean()),
                    fom_sd_log=sd_of_logs(rates.tolist()),
                )
            )
        judged = compared(QUANTITIES["merit"], rows[0], rows[1])
        found += judged is not None and judged.difference is not None and judged.difference.p <= ALPHA
    return found / pairs


def false_differences(order: str, measured: bool = False, n: int = 3, sessions: int = 500, seed: int = 0) -> float:
    """Return in which share of comparisons equal frameworks differ, on a board that drifts by 1 % in the session.

    Parameters
    ----------
    order : str
        `in turn`: one framework after another; `interleaved`: a repetition of each in every round.
    measured : bool
        Whether the first cell was measured once more at the end.
    """
    generator = np.random.default_rng(seed)
    found = compared_pairs = 0
    for _ in range(sessions):
        slots = [(framework, model, number) for framework in range(4) for model in range(4) for number in range(n)]
        if order == "interleaved":
            rounds = [[slot for slot in slots if slot[2] == number] for number in range(n)]
            slots = [each[place] for each in rounds for place in generator.permutation(len(each))]
        rates = np.empty((4, 4, n))
        for moment, slot in enumerate(slots):
            rates[slot] = math.exp(generator.normal(0, SCATTER) - 0.01 * moment / len(slots))
        again = math.exp(generator.normal(0, SCATTER) - 0.01)
        drift = math.log(again / rates[0, 0, 0]) if measured else None
        rows = made_rows(rates.reshape(16, n), "a", drift=drift)
        for model in range(4):
            for one, other in combinations([row for row in rows if row.model == f"model {model}"], 2):
                judged = compared(QUANTITIES["throughput"], one, other)
                compared_pairs += 1
                found += judged is not None and judged.difference is not None and judged.difference.p <= ALPHA
    return found / compared_pairs


def whole_program(pairs: int, change: float = 0.0, n: int = 3, seed: int = 0) -> float:
    """Return in which share of pairs of made run directories `bench merge` and `bench compare --json` give an alarm.

    With a change it is the share of pairs in which the one changed cell is found, and no other.
    """
    generator = np.random.default_rng(seed)
    cells = made_cells()
    found = 0
    for _ in range(pairs):
        with tempfile.TemporaryDirectory() as folder:
            for run in ("a", "b"):
                own = cells
                for cell in cells:
                    slower = 1 - change if run == "b" and cell is cells[0] else 1.0
                    rates = tuple((cell.fps * slower * np.exp(generator.normal(0, SCATTER, n))).tolist())
                    own = with_cell(own, cell.framework, cell.model, rates=rates)
                made_run(Path(folder) / "runs", run, own, repetitions=n, images=10, predictions=20)
                _bench("merge", run, "--results", folder)
            told = json.loads(_bench("compare", "a", "b", "--json", "--results", folder))
        verdicts = [cell["verdict"] for cell in told]
        expected = ["slower", *["can't tell"] * 15]
        found += verdicts == expected if change else any(verdict != "can't tell" for verdict in verdicts)
    return found / pairs


def _bench(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


def rows(directories: int = 200) -> Iterator[list[str]]:
    """Yield the table's rows."""
    for draw, title, goal in (
        (normal, "coverage, normal", "93.5 to 97 %"),
        (of_pi_4, "coverage, Pi 4", "93.5 to 97 %"),
        (slowed, "coverage, lognormal slow-downs beside a scatter of 0.5 %", "at least 91 %"),
        (only_slowed, "coverage, lognormal slow-downs and no other scatter", "reported"),
        (two_speeds, "coverage, two modes", "reported"),
        (alike, "coverage, autocorrelated (0.7)", "reported"),
    ):
        for n in (3, 5, 10):
            yield [title, str(n), f"{coverage(draw, n):.1%}", goal]
    for draw, title in ((two_speeds, "two modes"), (alike, "autocorrelated"), (normal, "normal")):
        for n in (5, 10):
            yield [
                f"the run says that it saw two modes or a drift: {title}",
                str(n),
                f"{told(draw, n):.1%}",
                "reported",
            ]
    for n in (3, 5, 10):
        yield ["any alarm in 16 equal cells", str(n), f"{alarms(n, 1000):.1%}", "at most 6 %"]
    for draw, title in ((of_pi_4, "as on a Pi 4"), (slowed, "and are slowed down"), (unlike, "each in its own way")):
        for n in (3, 5):
            yield [
                f"any alarm in 16 equal cells that scatter {title}",
                str(n),
                f"{alarms(n, 1000, draw):.1%}",
                "at most 6 %",
            ]
    yield ["-2 % found, of one cell alone", "5", f"{power(1, cells=1, pairs=4000):.1%}", "at least 95 %"]
    yield ["-2 % found, of all of 16 cells", "5", f"{power(16):.1%}", "at least 95 %"]
    yield ["-2 % found, of one of 16 cells", "5", f"{power(1, pairs=2000):.1%}", "at least 95 %"]
    yield ["equal merits of two models told apart, 500 images", "5", f"{equal_merits():.1%}", "at most 6 %"]
    yield [
        "false differences, drift of 1 %, interleaved",
        "3",
        f"{false_differences('interleaved'):.1%}",
        "at most 8 %",
    ]
    yield ["the same, in turn, drift not known", "3", f"{false_differences('in turn'):.1%}", "reported"]
    yield ["the same, in turn, drift measured", "3", f"{false_differences('in turn', True):.1%}", "reported"]
    alarm = whole_program(directories)
    yield [f"any alarm, {directories} pairs of run directories, whole program", "3", f"{alarm:.1%}", "at most 6 %"]
