"""A run whose files were damaged in one place gives the same numbers, or says that something is wrong."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.records.columns import Results, Row
from bench.records.digests import file_digest
from bench.records.store import write_record
from bench.results.merge import derive
from bench.runs.folder import RunFolder
from bench.runs.inventory import recorded_files
from tests.made.runs import made_cells, made_run

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "240")) // 20
SEED = os.environ.get("FUZZ_SEED", "")

PUBLISHED = {
    "throughput_fps": "throughput",
    "latency_ms_p50": "latency_ms_p50",
    "latency_ms_p95": "latency_ms_p95",
    "top1": "",
    "top5": "",
    "power_w_mean": "power_w_mean",
    "energy_j_per_image": "energy_j_per_image",
    "fom_top1": "fom_top1",
    "fom_top5": "fom_top5",
    "peak_rss_mib": "",
}
"""Numbers that people compare, with the name of their interval."""


def flip_a_bit(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def change_a_digit(content: bytearray, chance: random.Random) -> None:
    places = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    content[chance.choice(places)] = 48 + chance.randrange(10)


def move_a_point(content: bytearray, chance: random.Random) -> None:
    places = [place for place in range(1, len(content) - 1) if content[place : place + 1] == b"."]
    if places:
        place = chance.choice(places)
        content[place], content[place + 1] = content[place + 1], content[place]


def cut_the_end(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def lose_a_line(content: bytearray, chance: random.Random) -> None:
    lines = bytes(content).split(b"\n")
    del lines[chance.randrange(len(lines))]
    content[:] = b"\n".join(lines)


def repeat_a_line(content: bytearray, chance: random.Random) -> None:
    lines = bytes(content).split(b"\n")
    place = chance.randrange(len(lines))
    content[:] = b"\n".join([*lines[:place], lines[place], *lines[place:]])


def put_in_a_quote(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] = 0x22


def put_in_zeros(content: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(content))
    content[place : place + 512] = bytes(len(content[place : place + 512]))


DAMAGES: list[Callable[[bytearray, random.Random], None]] = [
    change_a_digit,
    cut_the_end,
    flip_a_bit,
    lose_a_line,
    move_a_point,
    put_in_a_quote,
    put_in_zeros,
    repeat_a_line,
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Results]:
    folder = made_run(tmp_path_factory.mktemp("runs"), "sound", made_cells()[:3])
    for cell in folder.path.glob("cells/*/*"):
        predictions = folder.predictions(cell.parent.name, cell.name)
        for record in folder.repetitions(cell.parent.name, cell.name):
            digest = file_digest(predictions, "sha256")
            update = {"predictions_sha256": digest, "images_classified": 100}
            folder.write_repetition(record.model_copy(update=update))
    for pair, sampler in folder.sampler_records():
        digest = file_digest(pair.samples, "sha256")
        write_record(pair.record, sampler.model_copy(update={"samples_sha256": digest}))
    truth = derive(folder)
    assert truth.warnings == []
    return folder, truth


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_no_damage_changes_a_number_in_silence(
    sound: tuple[RunFolder, Results], tmp_path: Path, damage: Callable[[bytearray, random.Random], None]
) -> None:
    folder, truth = sound
    silent = []
    for seed in range(EXAMPLES):
        chance = random.Random(f"{SEED} {damage.__name__} {seed}")
        damaged = RunFolder(tmp_path / str(seed) / folder.run_id)
        shutil.copytree(folder.path, damaged.path)
        file = chance.choice(recorded_files(damaged))
        content = bytearray(file.read_bytes())
        damage(content, chance)
        if bytes(content) != file.read_bytes():
            file.write_bytes(content)
            silent += [f"{seed}: {file.relative_to(damaged.path)}: {what}" for what in silently_wrong(damaged, truth)]
        shutil.rmtree(damaged.path)
    assert silent == []


def silently_wrong(damaged: RunFolder, truth: Results) -> list[str]:
    """Return what changed by more than its interval without a word."""
    try:
        found = derive(damaged)
    except UserError:
        return []  # a sentence, and no number
    if len(found.warnings) > len(truth.warnings):
        return []
    rows = {(row.framework, row.model): row for row in found.rows}
    changed = []
    for row in truth.rows:
        now = rows.get((row.framework, row.model))
        if now is None:
            changed.append(f"{row.framework} {row.model} is gone")
        elif now.status == "ok":
            changed += [f"{row.framework} {row.model} {name}" for name in PUBLISHED if differs(row, now, name)]
    return changed


def differs(truth: Row, found: Row, name: str) -> bool:
    true, now = getattr(truth, name), getattr(found, name)
    if true is None or now is None:
        return (true is None) != (now is None)
    interval = PUBLISHED[name]
    low, high = (getattr(truth, f"{interval}_ci95_{end}", None) if interval else None for end in ("low", "high"))
    if low is None or high is None:
        return bool(abs(now - true) > 1e-9 * abs(true))
    return not low <= now <= high
