"""Whatever stands in a file, each of its readers gives something good or one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.board.simulated.board import parse_spec
from bench.decide.wishes import goal_of, slower_than
from bench.errors import UserError
from bench.power.external.log import LogColumns, read_log
from bench.power.meter import find_meter
from bench.power.meters.fnirsi import Fnirsi
from bench.power.meters.shelly import Shelly
from bench.power.meters.tasmota import Tasmota
from bench.power.meters.um25c import Um25c
from bench.power.samples.read import read_samples
from bench.prepare.formats.onnx.read import read_onnx
from bench.prepare.formats.prototxt_read import read_prototxt
from bench.prepare.images.imageset import read_set
from bench.prepare.images.layouts import list_images
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.weights import read_weights
from bench.records.columns import RESULT_COLUMNS, Results
from bench.records.run import Run
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Repetition
from bench.records.store import read_record
from bench.results.table_file import read_rows
from bench.runs.predictions import PREDICTION_COLUMNS, read_predictions

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))


def _plug(path: Path) -> None:
    for meter in (Shelly("192.0.2.1"), Tasmota("192.0.2.1")):
        meter._ask = lambda _: path.read_bytes()  # type: ignore[method-assign]
        for request in meter.requests:
            meter._request = request
            with suppress(OSError):  # which is one missing reading
                meter.read()


def _predictions(path: Path) -> None:
    try:
        list(read_predictions(path))
    except ValueError as error:  # whoever reads them names the file
        raise UserError(str(error)) from error


READERS: dict[str, tuple[str, Callable[[Path], Any], bytes]] = {
    "run": ("run.json", lambda path: read_record(path, Run), b'{"schema_version": 3, "run_id": "r", "began": '),
    "repetition": ("rep-01.json", lambda path: read_record(path, Repetition), b'{"inference_ns": [1'),
    "sampler": ("sampler.json", lambda path: read_record(path, SamplerRecord), b'{"meter": "x", "period_s": '),
    "results": ("results.json", lambda path: read_record(path, Results), b'{"rows": [{"top1": '),
    "table": ("results.csv", read_rows, (",".join(RESULT_COLUMNS) + "\nr,b,,opencv,").encode()),
    "predictions": ("nin.csv", _predictions, (",".join(PREDICTION_COLUMNS) + "\na,1,1,2,3,4,").encode()),
    "model": ("model.json", lambda path: PreparedModel(path.parent), b'{"name": "x", "height": 1, "sha256": {"'),
    "images": ("set.json", lambda path: read_set(path.parent), b'{"kind": "generated", "images": 1, "reasons": '),
    "weights": ("weights.npz", read_weights, b"PK\x03\x04\x14\0\0\0\0\0"),
    "plug": ("answer", _plug, b'{"apower": 5.1, "voltage": '),
    "um25c": ("log", lambda path: Um25c(str(path)).open(), b'{"timestamp": 1, "power": 2, "voltage": 3, '),
    "fnirsi": (
        "log",
        lambda path: Fnirsi(str(path)).open(),
        b"timestamp sample voltage_V current_A\n1790000000.0 0 5.1 0.5 ",
    ),
    "samples": ("samples.csv", lambda path: read_samples(path.parent), f"{HEADER}\n5000000000,3.2,".encode()),
    "prototxt": ("deploy.prototxt", lambda path: read_prototxt(path, "x"), b'layer { name: "a" type: "Input" '),
    "onnx": ("model.onnx", lambda path: read_onnx(path, "x"), b"\x08\x08:"),
    "val.txt": ("val.txt", lambda path: list_images(path.parent), b"a.jpg 1\n"),
    "log": (
        "log.csv",
        lambda path: read_log(path, LogColumns("timestamp", "power", "", ""), "UTC"),
        b"timestamp,power\n2026-01-31 12:00:00,5.1\n",
    ),
}

TEXT = st.text(max_size=40)
BYTES = st.one_of(
    st.binary(max_size=120),
    TEXT.map(lambda text: text.encode(errors="surrogatepass")),
    st.sampled_from([b"[" * 20_000, b"{" * 20_000, b'{"a":' * 5_000, b"9" * 400, b"1e400", b"NaN", b"-5", b"\0", b'"']),
)


@pytest.mark.parametrize("reader", sorted(READERS))
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_a_reader_gives_something_good_or_a_sentence(reader: str, data: st.DataObject) -> None:
    name, read, beginning = READERS[reader]
    more = data.draw(BYTES)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(beginning + more if data.draw(st.booleans()) else more)
        _sentence(lambda: read(path))


@pytest.mark.parametrize("read", [parse_spec, goal_of, slower_than, find_meter], ids=lambda read: read.__name__)
@settings(max_examples=EXAMPLES)
@given(
    text=st.one_of(
        TEXT,
        st.sampled_from(["simulated:", "hwmon:", "shelly:host=", "top1=", "slower="]).flatmap(
            lambda begin: TEXT.map(lambda text: begin + text)
        ),
    )
)
@example(text="\0")
def test_an_option_is_understood_or_refused_in_a_sentence(read: Callable[[str], Any], text: str) -> None:
    _sentence(lambda: read(text))


def _sentence(read: Callable[[], Any]) -> None:
    try:
        read()
    except UserError as error:
        assert len(str(error)) > 10
