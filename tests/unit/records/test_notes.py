from __future__ import annotations

from typing import get_args

import pytest
from pydantic import TypeAdapter

from bench.records.notes import Note
from bench.records.notes.kind import NoteKind, names_of
from bench.records.notes.power import FrozenMeter, PowerEmpty, UnusedReadings

KINDS = get_args(get_args(Note)[0])


def test_every_kind_of_note_is_known_to_results_json() -> None:
    assert set(KINDS) == set(NoteKind.__subclasses__())
    names = [kind.model_fields["kind"].default for kind in KINDS]
    assert len(set(names)) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_note_has_words_of_its_own(kind: type[NoteKind]) -> None:
    assert kind.__str__ is not NoteKind.__str__
    assert not kind.__abstractmethods__


def test_a_note_comes_back_from_json_as_what_it_was() -> None:
    notes = [
        PowerEmpty(reason="no samples", cells=["opencv nin", "caffe nin"]),
        FrozenMeter(meter="hwmon", unchanged_s=31.4),
    ]
    kept = TypeAdapter(list[Note])
    assert kept.validate_json(kept.dump_json(notes)) == notes
    assert kept.dump_python(notes)[0] == {
        "kind": "power-empty",
        "reason": "no samples",
        "cells": ["opencv nin", "caffe nin"],
    }


def test_a_note_says_what_it_holds_and_no_more() -> None:
    counts = {"stale": 0, "not_a_number": 0, "negative": 2, "backwards": 0}
    note = UnusedReadings(meter="i2c", unused=5, outages=1, unanswered=3, **counts)
    assert str(note) == (
        "meter i2c: 5 readings were not used (it vanished 1 time, 3 without an answer, 2 negative); "
        "check its connection"
    )


def test_a_few_cells_are_named_one_by_one() -> None:
    assert names_of(["opencv nin", "caffe nin"]) == "opencv nin, caffe nin"


def test_the_cells_of_a_suite_are_named_by_the_models_that_their_frameworks_share_and_none_is_left_out() -> None:
    models = [f"model_{number}" for number in range(7)]
    cells = [f"{framework} {model}" for framework in ("opencv", "litert") for model in models]
    told = names_of([*cells, "pytorch model_0 int8", "pytorch model_1"])
    assert told == f"opencv, litert with {', '.join(models)}; pytorch with model_0 int8, model_1"
