"""What was changed after it was written is noticed, and said in the table."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.records.digests import file_digest
from bench.records.notes.files import ChangedFile
from bench.results.merge import merge
from bench.results.verify import verify
from bench.runs.folder import RunFolder
from bench.runs.predictions import predictions_csv
from tests.made.records import new_run, repetition, sample
from tests.made.runs import made_run


def changed(folder: RunFolder) -> list[str]:
    return [note.file for note in merge(folder).warnings if isinstance(note, ChangedFile)]


def classified_run(tmp_path: Path) -> RunFolder:
    folder = new_run(tmp_path)
    sample(folder, 4.0)
    file = folder.predictions("opencv", "googlenet")
    file.parent.mkdir(parents=True)
    file.write_bytes(predictions_csv((f"{number}.jpg", 7, [7, 1, 2, 3, 4], [0.5] * 5) for number in range(100)))
    folder.write_repetition(repetition(predictions_sha256=file_digest(file, "sha256")))
    return folder


def test_a_run_as_it_was_written_has_nothing_changed(tmp_path: Path) -> None:
    folder = classified_run(tmp_path)
    assert changed(folder) == []
    assert verify(folder).problems == []


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("cells/opencv/googlenet/rep-01.json", b"99000000", b"98000000"),
        ("predictions/opencv/googlenet.csv", b"7,7,1", b"7,5,1"),
        ("samples.csv", b",4.0,", b",9.0,"),
        ("sampler.json", b'"period_s": 0.1', b'"period_s": 0.2'),
        ("run.json", b'"threads": 2', b'"threads": 4'),
    ],
)
def test_one_digit_is_enough(tmp_path: Path, file: str, before: bytes, after: bytes) -> None:
    folder = classified_run(tmp_path)
    path = folder.path / file
    assert path.read_bytes().count(before) > 0
    path.write_bytes(path.read_bytes().replace(before, after, 1))
    assert changed(folder) == [file]
    assert f"{file} was changed after it was written" in " ".join(verify(folder).problems)


def test_records_of_a_former_program_have_no_seal_and_no_fault(tmp_path: Path) -> None:
    folder = made_run(tmp_path)
    for path in folder.path.rglob("*.json"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:-3]) + lines[-3].rstrip(b",\n") + b"\n}\n")
    assert changed(folder) == []


@pytest.mark.parametrize("seed", range(40))
def test_any_byte_of_any_file_that_changes_a_row_is_told_of(tmp_path: Path, seed: int) -> None:
    folder = classified_run(tmp_path)
    before = merge(folder)
    chance = random.Random(seed)
    files = sorted(path for path in folder.path.rglob("*.*") if path.name not in ("results.csv", "results.json"))
    path = chance.choice(files)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] = chance.choice(b'0123456789.,-x\n"')
    path.write_bytes(bytes(content))
    try:
        after = merge(folder)
    except Exception as error:
        assert type(error).__name__ == "UserError"
        return
    if after.rows != before.rows:
        assert len(after.warnings) > len(before.warnings)
