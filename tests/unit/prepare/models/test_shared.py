"""Preparing a model: a tiny network under a catalog name, with weights made up here in the role of published ones."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.catalog import Model, WeightsSource, find_models
from bench.errors import UserError
from bench.prepare.formats.caffemodel import read_caffemodel, write_caffemodel
from bench.prepare.formats.onnx.read import read_onnx
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.models import origins
from bench.prepare.models import shared as module
from bench.prepare.models.download import OfflineError, UnreachableError
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.models.shared import prepare_models
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.synthetic import synthetic_weights
from bench.prepare.network.weights import weights_sha256
from bench.records.digests import file_digest
from tests.made.onnx_files import CLASSES, classifier, node, save

NAME = "squeezenet_v1.1"
MODEL = find_models([NAME])[0].model_copy(update={"height": 8, "width": 8, "classes": 10})


def tiny(name: str) -> Graph:
    builder = GraphBuilder(name, "data", 8, 8)
    builder.softmax("prob", builder.inner_product("fc", builder.convolution("conv", "data", 4, 3), 10))
    return builder.build()


GRAPH = tiny(NAME)
REAL = synthetic_weights(GRAPH, 1.5)


class Bench:
    """`bench prepare` in a folder of its own, which remembers what was said and asked of the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.warned: list[str] = []
        self.asked: list[str] = []
        self.network: Exception | Path = OfflineError("no network here")

    def download(self, _: WeightsSource, url: str, folder: Path) -> Path:
        self.asked.append(url)
        assert folder.name == ".downloads" or isinstance(self.network, Exception)
        if isinstance(self.network, Exception):
            raise self.network
        return self.network

    def prepare(self, directory: Path | None = None, *models: Model) -> PreparedModel:
        self.said, self.warned, self.asked = [], [], []
        return prepare_models(models or [MODEL], self.folder, directory, self.said.append, self.warned.append)[0]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    result = Bench(tmp_path / "prepared")
    monkeypatch.setattr(origins, "download", result.download)
    monkeypatch.setattr(module, "architecture", tiny)
    return result


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "local" / NAME
    folder.mkdir(parents=True)
    write_caffemodel(folder / f"{NAME}.caffemodel", GRAPH, REAL)
    write_prototxt(folder / "deploy.prototxt", GRAPH)
    lines = [f"{file_digest(file, 'sha256')}  {NAME}/{file.name}\n" for file in folder.iterdir()]
    (folder.parent / "SHA256SUMS").write_text("".join(lines))
    return folder.parent


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_prepared_model_holds_what_every_framework_needs(bench: Bench, directory: Path) -> None:
    prepared = bench.prepare(directory)
    prepared.verify()
    record = prepared.record
    assert set(record.sha256) == set(record.sizes) == set(contents(prepared.folder)) - {"model.json"}
    assert set(record.sha256) == {"deploy.prototxt", "graph.json", "model.onnx", "weights.caffemodel", "weights.npz"}
    assert (record.weights, record.input_name, record.output_name) == ("pretrained", "data", "prob")
    assert record.provenance.weights_sha256 == weights_sha256(REAL)
    assert weights_sha256(read_caffemodel(prepared.caffemodel, GRAPH)) == weights_sha256(REAL)
    assert bench.asked == bench.warned == []


def test_the_same_sources_give_the_same_bytes(bench: Bench, directory: Path, tmp_path: Path) -> None:
    first = contents(bench.prepare(directory).folder)
    bench.folder = tmp_path / "again"
    assert contents(bench.prepare(directory).folder) == first


def test_what_is_prepared_already_is_left_alone(bench: Bench, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bench.prepare(directory).folder.stat()
    monkeypatch.setattr(module, "_build", None)
    after = bench.prepare(directory).folder.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert bench.said == [f"{NAME}: already prepared, pretrained weights"]


def test_without_a_network_weights_are_synthetic_and_that_is_said(bench: Bench) -> None:
    record = bench.prepare().record
    assert (record.weights, record.provenance.weights) == ("synthetic", "synthetic")
    assert record.provenance.weights_sha256 == weights_sha256(synthetic_weights(GRAPH, 1.0))
    assert bench.warned[0] == f"{NAME}: synthetic weights, for want of {MODEL.weights.file} (no network here)"
    assert f"put {NAME}/{MODEL.weights.file} into a folder" in bench.warned[1]
    assert len(bench.warned) == 2


def test_without_a_network_only_the_first_server_is_tried(bench: Bench) -> None:
    source = origins.ModelOrigins(None, bench.folder, bench.said.append, bench.warned.append)
    models = find_models([])
    assert all(source.network(model, None)[1].path is None for model in models)
    assert bench.asked == [models[0].weights.urls[0]]
    assert len(bench.warned) == len(models)


def test_one_server_that_is_down_does_not_stop_the_others(bench: Bench) -> None:
    bench.network = UnreachableError("down")
    source = origins.ModelOrigins(None, bench.folder, bench.said.append, bench.warned.append)
    models = find_models([])
    assert all(source.network(model, None)[1].path is None for model in models)
    assert bench.asked == [url for model in models for url in model.weights.urls]
    published = [warning for model, warning in zip(models, bench.warned) if model.weights.urls]
    assert all(warning.endswith("(down)") for warning in published)  # once, and not for each mirror


def test_downloaded_weights_are_pretrained_and_name_their_pin(bench: Bench, directory: Path) -> None:
    bench.network = directory / NAME / f"{NAME}.caffemodel"
    record = bench.prepare().record
    assert record.weights == "pretrained"
    assert record.provenance.graph == "built in"
    pin = "72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142"
    assert record.provenance.weights == f"{NAME}.caffemodel, sha256 {pin}"
    assert record.provenance.weights_sha256 == weights_sha256(REAL)


def test_the_next_place_is_asked_when_one_has_another_file(
    bench: Bench, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(_: WeightsSource, url: str, _folder: Path) -> Path:
        bench.asked.append(url)
        if url == MODEL.weights.urls[0]:
            raise UserError("not the file that was published")
        return directory / NAME / f"{NAME}.caffemodel"

    monkeypatch.setattr(origins, "download", download)
    assert bench.prepare().record.weights == "pretrained"
    assert bench.asked == list(MODEL.weights.urls)


def test_another_file_everywhere_is_an_error(bench: Bench) -> None:
    bench.network = UserError("not the file that was published")
    with pytest.raises(UserError, match="not the file"):
        bench.prepare()
    assert bench.asked == list(MODEL.weights.urls)


ONNX = find_models(["mobilenet_v2"])[0].model_copy(update={"height": 10, "width": 8, "classes": CLASSES})


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with an ONNX file that pads one side alone and clips."""
    folder = tmp_path / "published" / ONNX.name
    folder.mkdir(parents=True)
    arrays = {"w": np.ones((4, 3, 3, 3), np.float32), "low": np.float32(0), "high": np.float32(6)}
    nodes = [
        node("Conv", "image", "w", output="c", auto_pad="SAME_UPPER", strides=(2, 2)),
        node("Clip", "c", "low", "high"),
    ]
    file = save(folder / ONNX.weights.file, classifier(nodes, arrays, 13, 80))
    (folder.parent / "SHA256SUMS").write_text(f"{file_digest(file, 'sha256')}  {ONNX.name}/{file.name}\n")
    return folder.parent


def test_a_model_published_as_onnx_has_every_form_that_can_say_it(bench: Bench, published: Path) -> None:
    prepared = bench.prepare(published, ONNX)
    prepared.verify()
    record = prepared.record
    assert set(record.sha256) == {"graph.json", "model.onnx", "weights.npz"}
    assert (record.form, record.weights, record.order) == ("onnx", "pretrained", "RGB")
    assert record.lacks == {"caffe": "Caffe pads both sides of an image alike, unlike c"}
    assert prepared.why_not(["caffe"]) == record.lacks["caffe"]
    assert prepared.why_not(["caffe", "onnx"]) is prepared.why_not(["graph"]) is None
    assert record.provenance.graph == record.provenance.weights
    assert bench.asked == bench.warned == []


def test_a_model_published_as_onnx_is_prepared_anew_from_what_is_there(
    bench: Bench, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bench.prepare(published, ONNX).record
    monkeypatch.setattr(module, "preparer", lambda: "99")
    after = bench.prepare(None, ONNX).record
    assert after == before.model_copy(update={"bench_version": "99"})


def test_a_file_that_is_read_otherwise_than_it_computes_is_refused(
    bench: Bench, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misread(path: Path, name: str) -> tuple[Graph, dict[str, np.ndarray]]:
        graph, weights = read_onnx(path, name)
        return graph, {**weights, "scores.bias": weights["scores.bias"] + np.arange(CLASSES, dtype=np.float32)}

    monkeypatch.setattr(module, "read_onnx", misread)
    with pytest.raises(UserError, match=r"v2_1.0_224.onnx: what was read of it gives probabilities that differ"):
        bench.prepare(published, ONNX)
    assert not (bench.folder / ONNX.name).exists()


def test_real_weights_replace_synthetic_ones(bench: Bench, directory: Path) -> None:
    assert bench.prepare().record.weights == "synthetic"
    assert bench.prepare(directory).record.weights == "pretrained"


def test_real_weights_are_kept_when_their_source_is_gone(bench: Bench, directory: Path) -> None:
    before = contents(bench.prepare(directory).folder)
    assert contents(bench.prepare().folder) == before
    assert bench.asked == []


def test_a_newer_program_prepares_anew_from_the_weights_that_are_there(
    bench: Bench, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bench.prepare(directory).record
    monkeypatch.setattr(module, "preparer", lambda: "99")
    after = bench.prepare().record
    assert after == before.model_copy(update={"bench_version": "99"})


def test_a_mended_preparer_is_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    (tmp_path / "prepare" / "models").mkdir(parents=True)
    names = set()
    for text in ("wrong", "right"):
        (tmp_path / "prepare" / "models" / "quantised.py").write_text(text)
        names.add(module.preparer.__wrapped__())
    assert len(names) == 2


def test_a_damaged_model_is_made_anew(bench: Bench, directory: Path) -> None:
    prepared = bench.prepare(directory)
    before = contents(prepared.folder)
    prepared.onnx.write_bytes(before["model.onnx"][:1000])
    assert contents(bench.prepare(directory).folder) == before
    assert bench.warned[0].startswith(f"{NAME}: model.onnx is 1,000 of ")


def test_a_damaged_model_is_not_replaced_by_synthetic_weights(bench: Bench, directory: Path) -> None:
    prepared = bench.prepare(directory)
    prepared.caffemodel.write_bytes(b"")
    with pytest.raises(UserError, match=r"the real weights can't be had now.* or delete"):
        bench.prepare()
    assert prepared.folder.exists()


@pytest.mark.parametrize(
    ("file", "damage", "complaint"),
    [
        ("weights.caffemodel", lambda content: content[:1000], "weights.caffemodel is 1,000 of 6,"),
        ("weights.npz", lambda content: content[:-1] + b"?", "weights.npz is .* and its sha256 does not match"),
        ("model.onnx", None, "model.onnx is missing"),
    ],
)
def test_a_damaged_file_is_named_before_measuring(
    file: str, damage: Any, complaint: str, bench: Bench, directory: Path
) -> None:
    prepared = bench.prepare(directory)
    path = prepared.folder / file
    content = path.read_bytes()
    path.unlink()
    if damage:
        path.write_bytes(damage(content))
    with pytest.raises(UserError, match=f"{NAME}: {complaint}.*; run 'bench prepare --models {NAME}'"):
        PreparedModel(prepared.folder).verify()


def test_a_graph_that_the_catalog_does_not_mean_is_refused(bench: Bench) -> None:
    with pytest.raises(
        UserError, match=r"\(built in\) takes \(1, 3, 8, 8\) to 10 classes, but the catalog means .* to 11"
    ):
        bench.prepare(None, MODEL.model_copy(update={"classes": 11}))


def fail(*_: object) -> float:
    return 1 / 0


def test_a_failure_leaves_what_was_there_and_nothing_half_written(
    bench: Bench, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(bench.prepare().folder)
    monkeypatch.setattr(module, "check_parity", fail)
    with pytest.raises(ZeroDivisionError):
        bench.prepare(directory)
    assert {path.name for path in bench.folder.iterdir()} == {NAME, ".lock"}
    assert contents(bench.folder / NAME) == before


def test_a_full_disk_is_told_as_such(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_weights", full)
    with pytest.raises(UserError, match="the disk is full"):
        bench.prepare()


def test_two_at_once_are_refused(bench: Bench) -> None:
    with module.exclusive(bench.folder / ".lock", ""), pytest.raises(UserError, match="another 'bench prepare'"):
        bench.prepare()


def test_a_folder_that_a_killed_prepare_put_aside_is_taken_back(bench: Bench, directory: Path) -> None:
    prepared = bench.prepare(directory)
    prepared.folder.rename(prepared.folder.with_name(f".{prepared.folder.name}.old"))
    again = bench.prepare()
    assert again.record.weights == "pretrained"
    assert not prepared.folder.with_name(f".{prepared.folder.name}.old").exists()


@pytest.mark.parametrize("left", [".old", ".building"])
def test_what_a_killed_prepare_left_beside_a_finished_folder_goes_with_the_next(
    bench: Bench, directory: Path, left: str
) -> None:
    prepared = bench.prepare(directory)
    aside = prepared.folder.with_name(f".{prepared.folder.name}{left}")
    shutil.copytree(prepared.folder, aside)
    assert bench.prepare().record == prepared.record
    assert not aside.exists()
