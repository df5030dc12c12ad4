"""One run directory: where each file lies in it, written whole or not at all, read back checked."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bench.errors import UserError
from bench.records.files import refuse_links
from bench.records.findings import Examination, Finding
from bench.records.notes.files import UnreadableFile, WrongRecord
from bench.records.run import Run
from bench.records.sampler import SamplerRecord
from bench.records.samples import Pair, pairs
from bench.records.schema import Precision, Repetition, Variant
from bench.records.store import read_record, write_record

_REPETITION_FILE = re.compile(r"rep-(\d{2,})\.json")


class CellRecords(NamedTuple):
    """What can be read of a cell's repetitions, in order, and a note for each file that can't be used."""

    good: list[Repetition]
    problems: list[UnreadableFile | WrongRecord]


def _fault(record: Repetition, framework: str, variant: Variant, number: int) -> str | None:
    """Return why a readable record can't be what its path says; None if it can."""
    if (record.framework, record.variant, record.repetition) != (framework, variant, number):
        return f"it is the record of repetition {record.repetition} of {record.framework} {record.variant.name}"
    if record.status == "ok" and len(record.preprocess_ns) != len(record.inference_ns):
        return f"it has {len(record.preprocess_ns)} times of preprocessing for {len(record.inference_ns)} of inference"
    if record.status == "ok" and sum(record.preprocess_ns) + sum(record.inference_ns) <= 0:
        return "it ended well, but timed nothing"
    busy_ns, timed_ns = sum(record.preprocess_ns) + sum(record.inference_ns), _timed_ns(record)
    if record.status == "ok" and (min(*record.preprocess_ns, *record.inference_ns) < 0 or 0 < timed_ns < busy_ns):
        return f"its images took {busy_ns / 1e9:.2f} s in a window of {timed_ns / 1e9:.2f} s"
    return None


def _timed_ns(record: Repetition) -> int:
    return sum(window.end_ns - window.begin_ns for window in record.windows if window.name == "timed")


class RunFolder:
    """One run directory.

    Parameters
    ----------
    path : Path
        `results/runs/RUN_ID`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def run_json(self) -> Path:
        """Path of `run.json`."""
        return self.path / "run.json"

    @property
    def results_csv(self) -> Path:
        """Path of `results.csv`, which a run has once it is merged."""
        return self.path / "results.csv"

    @property
    def results_json(self) -> Path:
        """Path of `results.json`, which a run has once it is merged."""
        return self.path / "results.json"

    def refuse_links(self) -> None:
        """Raise UserError if anything of the run is a symbolic link; a simulated board's tree has its own."""
        refuse_links(self.path, apart="board")

    def read_run(self) -> Run:
        """Read `run.json`; raises UserError like `read_record`."""
        return read_record(self.run_json, Run)

    def write_run(self, run: Run) -> None:
        """Write `run.json`."""
        write_record(self.run_json, run)

    def board_root(self, run: Run) -> Path:
        """Return what to read /sys and /proc of this run's board under: a simulated one's tree lies in the run."""
        return self.path / "board" if run.board.simulated else Path("/")

    def cell(self, framework: str, model: str, precision: Precision = "fp32") -> Path:
        """Return the folder of one cell's repetitions."""
        return self.path / "cells" / framework / Variant(model, precision).name

    def predictions(self, framework: str, model: str, precision: Precision = "fp32") -> Path:
        """Return the path of one cell's predictions."""
        return self.path / "predictions" / framework / f"{Variant(model, precision).name}.csv"

    def new_predictions(self, framework: str, model: str, precision: Precision = "fp32") -> Path:
        """Return where a cell's predictions are written, until the record that they belong to is."""
        path = self.predictions(framework, model, precision)
        return path.with_name(f".{path.name}.new")

    def shards(self, framework: str, model: str, precision: Precision = "fp32") -> Path:
        """Return the folder of one cell's shards."""
        return self.path / "shards" / framework / Variant(model, precision).name

    def _repetition(self, repetition: Repetition) -> Path:
        return self.cell(repetition.framework, *repetition.variant) / f"rep-{repetition.repetition:02d}.json"

    def write_repetition(self, repetition: Repetition) -> None:
        """Write one repetition's record."""
        write_record(self._repetition(repetition), repetition)

    def take_repetition(self, repetition: Repetition, anew: bool = False) -> None:
        """Write one repetition's record, with the predictions that it made; `anew` deletes the cell's other ones."""
        cell = repetition.framework, *repetition.variant
        made = self.new_predictions(*cell)
        if repetition.predictions_sha256 is not None and made.exists():
            made.replace(self.predictions(*cell))
        elif anew:
            self.predictions(*cell).unlink(missing_ok=True)
        self.write_repetition(repetition)
        for file in self.cell(*cell).glob("rep-*.json") if anew else ():
            if _REPETITION_FILE.fullmatch(file.name) and file != self._repetition(repetition):
                file.unlink()

    def drop_repetition(self, repetition: Repetition) -> None:
        """Delete one repetition's record, to make it again."""
        self._repetition(repetition).unlink()

    def records(self, framework: str, model: str, precision: Precision = "fp32") -> CellRecords:
        """Read a cell file by file: what is corrupt or of another cell costs that file only."""
        found = CellRecords([], [])
        for file in sorted(self.cell(framework, model, precision).glob("rep-*.json")):
            number = _REPETITION_FILE.fullmatch(file.name)
            if number is None:
                continue
            try:
                record = read_record(file, Repetition)
            except UserError as error:
                found.problems.append(UnreadableFile(fault=str(error)))
                continue
            fault = _fault(record, framework, Variant(model, precision), int(number[1]))
            if fault is None:
                found.good.append(record)
            else:
                found.problems.append(WrongRecord(file=str(file), fault=fault))
        return CellRecords(sorted(found.good, key=lambda record: record.repetition), found.problems)

    def repetitions(self, framework: str, model: str, precision: Precision = "fp32") -> list[Repetition]:
        """Read a cell's repetitions in order, as far as they can be read."""
        return self.records(framework, model, precision).good

    @property
    def again_json(self) -> Path:
        """Path of `again.json`: the first cell once more, where frameworks ran one after another."""
        return self.path / "again.json"

    @property
    def doctor_json(self) -> Path:
        """Path of `doctor.json`, which a run without a sampler does not have."""
        return self.path / "doctor.json"

    def write_examination(self, findings: list[Finding]) -> None:
        """Write what the sampler found of board and meter."""
        write_record(self.doctor_json, Examination(findings=findings))

    def examination(self) -> list[Finding]:
        """Read what the sampler found; nothing if there was none."""
        return read_record(self.doctor_json, Examination).findings if self.doctor_json.exists() else []

    def sampler_records(self) -> list[tuple[Pair, SamplerRecord]]:
        """Read the records of the samplers that ran beside this run, each with its pair, as far as they can be read."""
        found = []
        for pair in pairs(self.path):
            with suppress(UserError):
                found.append((pair, read_record(pair.record, SamplerRecord)))
        return found

    def samplers(self) -> list[SamplerRecord]:
        """Read the records of those samplers alone."""
        return [record for _, record in self.sampler_records()]
