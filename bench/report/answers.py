"""The sentence that says what to use, of one run or of each of several boards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.decide.answer import answer
from bench.decide.differences import Pairs
from bench.records.columns import Results
from bench.results.load import LoadedResults, paired
from bench.runs.folder import RunFolder

if TYPE_CHECKING:
    from bench.report.run import Gathered


def answer_of(folder: RunFolder, results: Results, place: str = "this board") -> str:
    """Return the answer of a run: the same as that of `bench recommend`."""
    pairs = pairs_of(folder, results)
    return answer(results.rows, emulated=results.board.emulated, place=place, pairs=pairs)


def answers(newest: Sequence[Gathered]) -> list[str]:
    """Return the answer of one run; of the newest runs of several boards, one for each."""
    return [answer_of(one.folder, one.results, place_of(one, len(newest))) for one in newest]


def place_of(gathered: Gathered, boards: int) -> str:
    """Return what a sentence calls a board that is one of so many."""
    return "this board" if boards == 1 else f"the {gathered.short_place}"


def pairs_of(folder: RunFolder, results: Results) -> Pairs:
    """Return what gives how two cells of a run classified the same images."""
    loaded = LoadedResults(results.run_id, results.rows, results.board.emulated, run=folder)
    return paired(loaded, loaded)
