"""What a reader has to know beside the numbers: one class for each kind of note, each with its own words.

Whoever finds something says which kind it is and with what facts; whoever shows it takes `str(note)` and its mark.
"""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from bench.records.notes.files import (
    ChangedFile,
    ForeignFile,
    MissingPredictions,
    UnknownName,
    UnreadableFile,
    UnreadableLines,
    UnreadablePredictions,
    WrongRecord,
)
from bench.records.notes.power import (
    DeadMeter,
    FrozenMeter,
    ImplausibleIdle,
    ImplausibleSamples,
    LostSampler,
    PowerEmpty,
    UnfinishedLine,
    UnusedReadings,
    UnusedSamples,
)
from bench.records.notes.results import (
    BoardIsSimulated,
    Emulated,
    FewImages,
    FormerNote,
    ImagesClassified,
    MissingMeter,
    NotOk,
    OwnWeights,
    PublishedAccuracy,
    Sampled,
    SimulatedPower,
    SyntheticWeights,
)
from bench.records.notes.shards import (
    AccuracyElsewhere,
    DeviatingMachine,
    MissingShards,
    ReorderedImages,
    UnusableShards,
)

Note = Annotated[
    Union[
        AccuracyElsewhere,
        ChangedFile,
        DeadMeter,
        DeviatingMachine,
        Emulated,
        FewImages,
        ForeignFile,
        FormerNote,
        FrozenMeter,
        ImagesClassified,
        ImplausibleIdle,
        ImplausibleSamples,
        LostSampler,
        MissingPredictions,
        MissingMeter,
        MissingShards,
        NotOk,
        OwnWeights,
        PowerEmpty,
        PublishedAccuracy,
        ReorderedImages,
        Sampled,
        BoardIsSimulated,
        SimulatedPower,
        SyntheticWeights,
        UnfinishedLine,
        UnknownName,
        UnreadableFile,
        UnreadableLines,
        UnreadablePredictions,
        UnusableShards,
        UnusedReadings,
        UnusedSamples,
        WrongRecord,
    ],
    Field(discriminator="kind"),
]
"""Any note, told apart by its `kind` in results.json."""
