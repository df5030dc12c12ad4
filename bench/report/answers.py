"""The sentence that says what to use, of one run's results or several's."""

from __future__ import annotations

from collections.abc import Sequence

from bench.decide.answer import answer
from bench.records.columns import Results


def answers(results: Sequence[Results]) -> list[str]:
    """Return the answer of one run; of several, one for each board, over all of its runs."""
    if len(results) == 1:
        return [answer(results[0].rows, emulated=results[0].board.emulated)]
    boards: dict[tuple[str, bool], list[Results]] = {}
    for each in results:
        boards.setdefault((each.board.model, each.board.emulated), []).append(each)
    return [
        answer([row for each in runs for row in each.rows], emulated=emulated, place=f"the {board}")
        for (board, emulated), runs in boards.items()
    ]
