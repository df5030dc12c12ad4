"""What a reader has to know beside the numbers: one class for each kind of note, each with its own words.

Whoever finds something says which kind it is and with what facts; whoever shows it takes `str(note)` and its mark.
"""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from bench.records.notes.files import (
    ChangedFile,
    ForeignFile,
    ForeignPredictions,
    IncompletePredictions,
    MissingPredictions,
    MixedSources,
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
    Intervals,
    LosesAccuracy,
    MeasuredOnce,
    MissingMeter,
    NotOfCatalog,
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
from bench.records.notes.steadiness import (
    BusyIdle,
    BusyTimed,
    CutShort,
    Drifting,
    FanPower,
    IdleLikeLoad,
    InTheHeat,
    NotSteady,
    RunDrift,
    SlowRepetition,
    TwoModes,
    UnknownDrift,
)

Note = Annotated[
    Union[
        AccuracyElsewhere,
        BusyIdle,
        BusyTimed,
        ChangedFile,
        CutShort,
        DeadMeter,
        DeviatingMachine,
        Drifting,
        Emulated,
        FanPower,
        FewImages,
        ForeignFile,
        ForeignPredictions,
        FormerNote,
        FrozenMeter,
        IdleLikeLoad,
        IncompletePredictions,
        ImagesClassified,
        ImplausibleIdle,
        ImplausibleSamples,
        InTheHeat,
        Intervals,
        LosesAccuracy,
        MeasuredOnce,
        LostSampler,
        MissingPredictions,
        MixedSources,
        MissingMeter,
        MissingShards,
        NotOfCatalog,
        NotOk,
        NotSteady,
        OwnWeights,
        PowerEmpty,
        PublishedAccuracy,
        ReorderedImages,
        RunDrift,
        Sampled,
        BoardIsSimulated,
        SimulatedPower,
        SlowRepetition,
        SyntheticWeights,
        TwoModes,
        UnknownDrift,
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
