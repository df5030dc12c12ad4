"""What the page needs to choose under a reader's limits: every number, and how surely cells differ, decided here.

The page itself (choose.js) only leaves out, sorts and words; it says what `bench recommend` says under the same limits.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from typing import Any

from bench.decide.answer import ALWAYS, LABELS, NAMED, WORDS, cell_title, few_images, lacks, parts, said
from bench.decide.differences import Evidence
from bench.decide.goal import MERIT, SPEED, Goal
from bench.decide.level import level_told, on_one_level
from bench.decide.quantities import QUANTITIES, unfit
from bench.decide.recommend import Choice
from bench.records.columns import Row
from bench.records.statistics import ALPHA
from bench.report.answers import pairs_of, place_of
from bench.report.run import Gathered

LIMITS = {"throughput": "--min-fps", "power": "--max-watts", "top1": "--min-top1", "memory": "--max-memory"}
"""The quantities that a reader can set a limit on, and the option of `bench recommend` for each."""


def choices(newest: Sequence[Gathered]) -> dict[str, Any] | None:
    """Return what choose.js works on; None where no board has a cell to choose."""
    boards = [board for gathered in newest if (board := _board(gathered, len(newest))) is not None]
    if not boards:
        return None
    asked = {*LIMITS, *ALWAYS}
    quantities = {
        name: {
            "title": quantity.title,
            "unit": quantity.unit,
            "factor": quantity.factor,
            "more": quantity.more_is_better,
            "power": quantity.power,
            "option": LIMITS.get(name),
            "parts": parts(name),
            "words": WORDS[name],
        }
        for name, quantity in QUANTITIES.items()
        if name in asked
    }
    return {
        "alpha": ALPHA,
        "always": ALWAYS,
        "named": NAMED,
        "labels": list(LABELS),
        "quantities": quantities,
        "boards": boards,
    }


def _board(gathered: Gathered, count: int) -> dict[str, Any] | None:
    """Return a board's cells that take part; None where none does."""
    rows, pairs = on_one_level(gathered.rows, pairs_of(gathered.folder, gathered.results))
    fit = [row for row in rows if unfit(row) is None]
    if not fit or gathered.results.board.emulated:
        return None
    precise = any(row.precision != "fp32" for row in rows)
    evidence = Evidence(rows, pairs)
    return {
        "place": place_of(gathered, count),
        "run": gathered.run.run_id,
        "command": command_of(gathered),
        "lacks": lacks(rows),
        "cells": [_cell(row, precise) for row in fit],
        "goals": [_goal(goal, fit, evidence) for goal in (MERIT, SPEED)],
    }


def command_of(gathered: Gathered) -> str:
    """Return the command that says the same as the page does without limits."""
    return f"bench recommend {shlex.quote(gathered.run.run_id)}"


def _cell(row: Row, precise: bool) -> dict[str, Any]:
    known = {name: value for name in {**LIMITS, "merit": ""} if (value := QUANTITIES[name].read(row)) is not None}
    choice = Choice(framework=row.framework, model=row.model, precision=row.precision, score=0.0, reasons=[])
    return {
        "title": cell_title(choice, precise),
        "boundary": row.boundary,
        "values": known,
        "said": {name: said(row, name) for name in known},
        "texts": {n: QUANTITIES[n].text(value) + level_told(QUANTITIES[n], row) for n, value in known.items()},
        "labels": [label for label, applies in LABELS.items() if applies(row)],
        "images": few_images(row),
    }


def _goal(goal: Goal, fit: Sequence[Row], evidence: Evidence) -> dict[str, Any]:
    """Return the cells best first, by their places in `fit`; of each which have no score, and each pair's odds.

    The odds, how often chance alone would give such a difference, are null where that can't be judged.
    """
    needed = goal.quantities
    ranked = goal.best_first([row for row in fit if all(quantity.read(row) is not None for quantity in needed)])
    odds: list[list[float | None]] = [[] for _ in ranked]
    for better, _, difference in goal.duels(ranked, evidence):
        odds[better].append(None if difference is None else _odds(difference.p, len(ranked)))
    places = {id(row): place for place, row in enumerate(fit)}
    return {
        "names": [quantity.name for quantity in needed],
        "ranked": [places[id(row)] for row in ranked],
        "worthless": [goal.log_score(row) == -math.inf for row in ranked],
        "odds": odds,
    }


def _odds(p: float, cells: int) -> float:
    """Return the odds in few letters: 0 for what is told however often it is corrected, 1 for what never is."""
    return 1 if p > ALPHA else 0 if p * math.comb(cells, 2) <= ALPHA else float(f"{p:.9g}")
