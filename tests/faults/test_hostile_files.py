"""Files that want to take more than they give: a sentence, before memory is taken."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import UserError
from bench.prepare.images.imageset import ImageSet
from bench.prepare.images.prepare import prepare_images
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.weights import read_weights, write_weights
from bench.records.schema import Repetition
from bench.records.store import read_record
from bench.results.merge import merge
from bench.results.table_file import read_rows
from tests.made.runs import made_cells, made_run

FEW_BYTES = 4 << 20
DEEP, LONG = "[" * 100_000, '{"a": ' + "9" * 5000 + "}"


def array(shape: tuple[int, ...] = (4,), descr: str = "<f4", numbers: bytes = bytes(16)) -> bytes:
    """Return an .npy file whose header may say anything."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue() + numbers


def archive(path: Path, member: bytes, compression: int = zipfile.ZIP_STORED, name: str = "conv1.weight.npy") -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr(name, member)


NPZ: dict[str, Callable[[Path], object]] = {
    "a zip bomb": lambda path: archive(path, array((1 << 28,), numbers=bytes(1 << 28)), zipfile.ZIP_DEFLATED),
    "a header that says more": lambda path: archive(path, array((10**12,))),
    "a header that says less": lambda path: archive(path, array((1,))),
    "a shape below zero": lambda path: archive(path, array((-4,))),
    "other numbers": lambda path: archive(path, array((2,), "<f8")),
    "Python's own objects": lambda path: archive(path, array((1,), "|O", b"cos\nsystem\n(S'id'\ntR.")),
    "a member that is no array": lambda path: archive(path, b"hello"),
    "no archive": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)),
    "nothing": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("kind", NPZ)
def test_weights_that_say_more_than_they_hold_are_refused_before_memory_is_taken(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "weights.npz"
    NPZ[kind](path)
    tracemalloc.start()
    with pytest.raises(UserError, match=r"weights\.npz can't be read; run 'bench prepare"):
        read_weights(path)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < FEW_BYTES


def test_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    arrays = {"conv1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2), "scale": np.float32([7])}
    write_weights(tmp_path / "weights.npz", arrays)
    found = read_weights(tmp_path / "weights.npz")
    assert list(found) == list(arrays)
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize("text", [DEEP, LONG], ids=["deep", "long"])
def test_a_record_nested_deep_or_with_long_numbers_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "rep-01.json").write_text(text)
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(UserError, match=r"nested too deep|a number of 5000 digits"):
        read_record(tmp_path / "rep-01.json", Repetition)
    with pytest.raises(UserError, match=r"model\.json is damaged; run 'bench prepare"):
        PreparedModel(tmp_path)


@pytest.mark.parametrize("line", [DEEP.encode(), LONG.encode(), b"\xff\xfe\0", b"[1, 2, 3]", b'{"a": 1}', b"null"])
def test_a_damaged_journal_costs_its_line_only(tmp_path: Path, line: bytes) -> None:
    done = prepare_images(None, tmp_path, lambda *_: None, lambda _: None).sha256
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b"\n" + line + b"\n")
    assert prepare_images(None, tmp_path, lambda *_: None, lambda _: None).sha256 == done
    assert line not in journal.read_bytes()


def test_a_set_whose_counts_were_edited_is_refused_by_its_name(tmp_path: Path) -> None:
    prepare_images(None, tmp_path, lambda *_: None, lambda _: None)
    record = json.loads((tmp_path / "set.json").read_text())
    (tmp_path / "set.json").write_text((tmp_path / "set.json").read_text().replace('"labelled": 0', '"labelled": 9'))
    assert record["labelled"] == 0
    with pytest.raises(UserError, match=r"set\.json was changed after it was written; delete it and run 'bench prep"):
        ImageSet(tmp_path)


@pytest.mark.parametrize(
    "typed",
    [
        "--threads 99999999999999999999",
        "--threads -1",
        "--accuracy-images 9999999999999999",
        "--minutes inf",
        "--minutes 1e300",
        "--timeout inf",
        "--timeout nan",
        "--ambient 1e300",
        "--await-sampler inf",
    ],
)
def test_a_number_out_of_any_use_is_refused_by_its_option(tmp_path: Path, typed: str) -> None:
    done = CliRunner().invoke(app, ["run", "opencv", "--results", str(tmp_path / "results"), *typed.split()])
    assert done.exit_code == 2
    assert typed.split()[0] in done.output
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("throughput_fps", "99"),
        ("throughput_ci95_low", "99"),
        ("throughput_ci95_high", "0.1"),
        ("top1", "0.99"),
        ("top5", "0.01"),
        ("latency_ms_p50", "1e6"),
        ("power_w_mean", "0.001"),
        ("power_w_max", "1"),
        ("fom_top1", "1e6"),
        ("energy_j_per_image_ci95_low", "50"),
    ],
)
def test_a_table_whose_numbers_can_t_be_true_together_is_refused(tmp_path: Path, column: str, value: str) -> None:
    folder = made_run(tmp_path / "runs", cells=made_cells()[:1], repetitions=3)
    merge(folder)
    assert read_rows(folder.results_csv)
    table = pd.read_csv(folder.results_csv, dtype=str)
    table.assign(**{column: value}).to_csv(folder.results_csv, index=False)
    with pytest.raises(UserError, match=r"line 2, contradicts itself .* it was edited; take what was merged"):
        read_rows(folder.results_csv)
