"""What was wrong with the files of a run."""

from __future__ import annotations

from typing import ClassVar, Literal

from bench.records.notes.kind import NoteKind

_AGAIN = "run the cell again with --force"


class UnknownName(NoteKind):
    """A framework or model that this bench's catalog does not have."""

    kind: Literal["unknown-name"] = "unknown-name"
    name: str

    def __str__(self) -> str:
        return f"run.json: '{self.name}' is not in this bench's catalog: its cells are not shown"


class MixedSources(NoteKind):
    """Frameworks that another version of the source measured than the one that opened the run."""

    kind: Literal["mixed-sources"] = "mixed-sources"
    mark: ClassVar[str] = "!"
    opened: str
    measured: str
    frameworks: list[str]

    def __str__(self) -> str:
        return (
            f"{', '.join(self.frameworks)}: measured by other source ({self.measured[:12]}) than the run was opened by "
            f"({self.opened[:12]}); 'bench up' has every image of one version, and --force measures again"
        )


class ForeignFile(NoteKind):
    """A file that neither a run nor its report has written."""

    kind: Literal["foreign-file"] = "foreign-file"
    file: str

    def __str__(self) -> str:
        return f"{self.file} is no file of a run and not used; move it away"


class UnreadableFile(NoteKind):
    """A record that can't be read, in the words of who tried."""

    kind: Literal["unreadable-file"] = "unreadable-file"
    fault: str

    def __str__(self) -> str:
        return self.fault


class WrongRecord(NoteKind):
    """A record that can be read, and can't be what its path says."""

    kind: Literal["wrong-record"] = "wrong-record"
    file: str
    fault: str

    def __str__(self) -> str:
        return f"{self.file} is not used: {self.fault}; move it away"


class ChangedFile(NoteKind):
    """A file that is not what was written: what is derived from it may be wrong."""

    kind: Literal["changed-file"] = "changed-file"
    mark: ClassVar[str] = "!"
    file: str

    def __str__(self) -> str:
        return f"{self.file} was changed after it was written (its digest does not match): don't trust what comes of it"


class UnreadableLines(NoteKind):
    """Lines of samples or predictions that can't be read."""

    kind: Literal["unreadable-lines"] = "unreadable-lines"
    file: str
    unreadable: int
    lines: int

    def __str__(self) -> str:
        return f"{self.file}: {self.unreadable} of {self.lines} lines can't be read and are not used"


class MissingPredictions(NoteKind):
    """Images were classified, and the file that tells how is gone."""

    kind: Literal["missing-predictions"] = "missing-predictions"
    file: str

    def __str__(self) -> str:
        return f"{self.file} is missing: its images were classified; {_AGAIN}"


class UnreadablePredictions(NoteKind):
    """No line of the predictions can be read."""

    kind: Literal["unreadable-predictions"] = "unreadable-predictions"
    file: str
    fault: str

    def __str__(self) -> str:
        return f"{self.file} can't be read ({self.fault}); {_AGAIN}"


class IncompletePredictions(NoteKind):
    """Other than as many predictions as images were classified."""

    kind: Literal["incomplete-predictions"] = "incomplete-predictions"
    file: str
    lines: int
    images: int

    def __str__(self) -> str:
        return f"{self.file} has {self.lines:,} lines for the {self.images:,} images classified: not used; {_AGAIN}"


class ForeignPredictions(NoteKind):
    """Predictions of images, or with labels, that the run's set of images does not have; the first such image."""

    kind: Literal["foreign-predictions"] = "foreign-predictions"
    file: str
    count: int
    image: str

    def __str__(self) -> str:
        lines = "one line is" if self.count == 1 else f"{self.count:,} lines are"
        return f"{self.file}: {lines} not of the run's images and labels, first '{self.image}': not used; {_AGAIN}"
