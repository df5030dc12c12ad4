"""What a reader has to know of the results as a whole, and what the marks beside numbers mean."""

from __future__ import annotations

from typing import ClassVar, Literal, Optional

from bench.records.notes.kind import NoteKind
from bench.records.schema import Status


class FormerNote(NoteKind):
    """A sentence that an older bench wrote."""

    kind: Literal["former"] = "former"
    sentence: str

    def __str__(self) -> str:
        return self.sentence


class Emulated(NoteKind):
    """Instructions were emulated."""

    kind: Literal["emulated"] = "emulated"
    mark: ClassVar[str] = "!"

    def __str__(self) -> str:
        return "Emulated instructions: the speeds show that it works, and say nothing about a board."


class BoardIsSimulated(NoteKind):
    """Everything but the speeds is computed."""

    kind: Literal["simulated-board"] = "simulated-board"

    def __str__(self) -> str:
        return (
            "the board is simulated: power, temperature, clock and throttling are computed from this computer's load, "
            "and the speeds are this computer's too"
        )


class FewImages(NoteKind):
    """A profile that only tries things out."""

    kind: Literal["few-images"] = "few-images"
    profile: str

    def __str__(self) -> str:
        return f"profile {self.profile} times too few images for its speeds to mean anything"


class SimulatedPower(NoteKind):
    """Watts are computed."""

    kind: Literal["simulated-power"] = "simulated-power"
    mark: ClassVar[str] = "~"

    def __str__(self) -> str:
        return "Power is simulated from the processor's load, not measured."


class MissingMeter(NoteKind):
    """Nobody measured power."""

    kind: Literal["no-meter"] = "no-meter"

    def __str__(self) -> str:
        return "No meter, so no power and no merit. Connect one, an INA219 say; BENCH_METER=NAME chooses."


class SyntheticWeights(NoteKind):
    """Random numbers instead of trained weights."""

    kind: Literal["synthetic-weights"] = "synthetic-weights"
    mark: ClassVar[str] = "°"

    def __str__(self) -> str:
        return "Synthetic weights: the speed holds, but they recognise nothing: no accuracy, no merit."


class NotOfCatalog(NoteKind):
    """A model that the user brought."""

    kind: Literal["not-of-catalog"] = "not-of-catalog"
    mark: ClassVar[str] = "§"

    def __str__(self) -> str:
        return "A model of your own (--onnx), not the catalog's."


class PublishedAccuracy(NoteKind):
    """Accuracy as a model's authors state it."""

    kind: Literal["published-accuracy"] = "published-accuracy"
    mark: ClassVar[str] = "*"

    def __str__(self) -> str:
        return "Published accuracy: no labelled images were given; BENCH_IMAGES=FOLDER measures it."


class LosesAccuracy(NoteKind):
    """A precision costs more accuracy than most would give for speed."""

    kind: Literal["loses-accuracy"] = "loses-accuracy"
    mark: ClassVar[str] = "‡"

    def __str__(self) -> str:
        return "Loses more than 5 points of top-1 against float32 in the same framework, on the same images."


class OtherImages(NoteKind):
    """Accuracy in int8, which is not over all images that float32's is over."""

    kind: Literal["other-images"] = "other-images"
    mark: ClassVar[str] = "¶"

    def __str__(self) -> str:
        return "Over the images that did not calibrate it, not over all of float32's: 'Lost' is over the same in both."


class Intervals(NoteKind):
    """How wide the cells' 95 % intervals are: by quantity the narrowest and the widest half, as shares."""

    kind: Literal["intervals"] = "intervals"
    halves: dict[str, tuple[float, float]]

    def __str__(self) -> str:
        told = [
            f"{name} ±{low:.1%}" if f"{low:.1%}" == f"{high:.1%}" else f"{name} ±{low:.1%} to ±{high:.1%}"
            for name, (low, high) in self.halves.items()
        ]
        return f"95 % intervals: {', '.join(told)}."


class MeasuredOnce(NoteKind):
    """Cells without intervals, because each was measured once."""

    kind: Literal["measured-once"] = "measured-once"

    def __str__(self) -> str:
        return "Measured once, so without intervals: nothing is told apart by it. --profile paper measures three times."


class ImagesClassified(NoteKind):
    """Over how many images accuracy was measured; several numbers where cells differ."""

    kind: Literal["images-classified"] = "images-classified"
    counts: list[int]

    def __str__(self) -> str:
        return f"Accuracy over {' or '.join(f'{count:,}' for count in self.counts)} labelled images."


class NotOk(NoteKind):
    """How cells of a framework ended, other than well."""

    kind: Literal["not-ok"] = "not-ok"
    framework: str
    status: Status
    error: Optional[str]
    models: list[str]

    def __str__(self) -> str:
        return f"{self.framework}: {self.status}: {self.error} ({', '.join(self.models)})"


class Sampled(NoteKind):
    """What sampling costs: throughput beside the sampler by that without it."""

    kind: Literal["sampled"] = "sampled"
    ratio: float
    ci95_low: Optional[float]
    ci95_high: Optional[float]

    def __str__(self) -> str:
        interval = f" ({self.ci95_low:.3f} to {self.ci95_high:.3f})" if self.ci95_low and self.ci95_high else ""
        return f"Beside the sampler throughput was {self.ratio:.3f}{interval} of that without it."


class OwnWeights(NoteKind):
    """A framework's own publication was measured."""

    kind: Literal["own-weights"] = "own-weights"
    source: str

    def __str__(self) -> str:
        return f"measured on {self.source}'s own weights (--source), not on those that frameworks share"
