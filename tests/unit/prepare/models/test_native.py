"""A framework's own files of a model."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.catalog import NativeSource, WeightsSource, find_models, find_source, models, native_sources
from bench.errors import UserError
from bench.prepare.models.native import prepare_native, verify_native
from bench.prepare.models.prepared import PreparedModel, model_of, prepared_folder
from tests.made.archives import tgz
from tests.made.server import Server

CONTENTS = {"init_net.pb": b"weights", "predict_net.pb": b"graph"}


@pytest.fixture
def zoo() -> NativeSource:
    return native_sources()["caffe2-zoo"]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    (folder / "googlenet").mkdir(parents=True)
    lines = []
    for name, content in CONTENTS.items():
        (folder / "googlenet" / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  googlenet/{name}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))
    return folder


def prepare(zoo: NativeSource, tmp_path: Path, own: Path | None, model: str = "googlenet") -> list[PreparedModel]:
    return prepare_native(zoo, find_models([model]), tmp_path / "prepared", own, lambda _: None)


def test_the_files_stand_beside_the_shared_model_with_weights_of_their_own(
    zoo: NativeSource, tmp_path: Path, own: Path
) -> None:
    (model,) = prepare(zoo, tmp_path, own)
    assert model.folder == tmp_path / "prepared" / "googlenet@caffe2-zoo"
    assert {name: (model.folder / name).read_bytes() for name in model.record.sha256} == CONTENTS
    model.verify()
    assert (model.name, model.record.weights, model.record.source) == ("googlenet", "pretrained", "caffe2-zoo")
    first = model.record.provenance.weights_sha256
    (own / "googlenet" / "init_net.pb").write_bytes(b"others")
    (own / "SHA256SUMS").write_text(
        "".join(
            f"{hashlib.sha256((own / 'googlenet' / name).read_bytes()).hexdigest()}  googlenet/{name}\n"
            for name in CONTENTS
        )
    )
    assert prepare(zoo, tmp_path, own)[0].record.provenance.weights_sha256 != first


def test_what_was_prepared_once_stays_without_the_folder(zoo: NativeSource, tmp_path: Path, own: Path) -> None:
    former = prepare(zoo, tmp_path, own)[0].record
    assert prepare(zoo, tmp_path, None)[0].record == former


def test_without_the_files_the_sentence_says_which_are_missing(zoo: NativeSource, tmp_path: Path, own: Path) -> None:
    with pytest.raises(UserError, match=r"put googlenet/init_net\.pb with predict_net\.pb into .* --weights"):
        prepare(zoo, tmp_path, None)
    (own / "googlenet" / "predict_net.pb").unlink()
    with pytest.raises(UserError, match=r"has no init_net\.pb with predict_net\.pb"):
        prepare(zoo, tmp_path, own)
    assert not list((tmp_path / "prepared").glob("*googlenet*"))


def test_one_form_of_publication_is_enough_and_all_are_named_where_none_is_whole(tmp_path: Path) -> None:
    name, slim = "mobilenet_v1_1.0_224", native_sources()["tf-slim"]
    own = tmp_path / "own"
    (own / name).mkdir(parents=True)
    parts = [own / name / f"{name}.ckpt.{part}" for part in ("index", "data-00000-of-00001")]
    lines = [f"{hashlib.sha256(b'').hexdigest()}  {name}/{part.name}\n" for part in parts]
    (own / "SHA256SUMS").write_text("".join(lines))
    parts[0].touch()
    with pytest.raises(UserError, match=rf"has no {name}_frozen\.pb or {name}\.ckpt\.index with {name}\.ckpt\.data-"):
        prepare(slim, tmp_path, own, name)
    parts[1].touch()
    (model,) = prepare(slim, tmp_path, own, name)
    assert list(model.record.sha256) == ["model.ckpt.index", "model.ckpt.data-00000-of-00001"]
    assert model.record.provenance.weights == f"{parts[0].name}, {parts[1].name}"


def test_a_model_that_the_source_lacks_is_left_out_or_refused(zoo: NativeSource, tmp_path: Path, own: Path) -> None:
    assert zoo.choose(models()) == ["googlenet", "squeezenet_v1.1"]
    with pytest.raises(UserError, match=r"Caffe2 model zoo has no nin; it has googlenet, squeezenet_v1\.1"):
        prepare(zoo, tmp_path, own, "nin")


def test_a_source_is_for_one_framework() -> None:
    found = find_source("tf-s", "tensorflow")
    assert found is not None and found.name == "tf-slim"
    assert find_source("") is None
    with pytest.raises(UserError, match="source 'tf-slim' is for tensorflow; opencv measures without --source"):
        find_source("tf-slim", "opencv")
    with pytest.raises(
        UserError, match="there is no source 'keras'; there are tf-slim, tf-quant, tf2-quant, caffe2-zoo"
    ):
        find_source("keras")


def test_a_prepared_folder_knows_its_model_whosever_files_it_holds(tmp_path: Path) -> None:
    for source in ("", "tf-slim"):
        assert model_of(prepared_folder(tmp_path, "squeezenet_v1.1", source)) == "squeezenet_v1.1"


MOBILENET = "mobilenet_v1_1.0_224"
ARCHIVE = tgz({f"./{MOBILENET}_frozen.pb": b"graph", f"./{MOBILENET}.tflite": b"another form"})


def served(server: Server, content: bytes, name: str = "tf-slim", model: str = MOBILENET) -> NativeSource:
    """The source, whose own file of a model lies on a server that gives `content`, pinned as ARCHIVE."""
    source = native_sources()[name]
    known = source.models[model].download
    assert known is not None
    urls, digest = (f"http://127.0.0.1:{server.server_port}/",), hashlib.sha256(ARCHIVE).hexdigest()
    download = WeightsSource(file=known.file, urls=urls, size=len(ARCHIVE), sha256=digest)
    server.answers = [(200, content, len(content))] * 3
    return source.model_copy(update={"models": {model: source.models[model].model_copy(update={"download": download})}})


def test_what_has_a_place_is_downloaded_once_and_unpacked(server: Server, tmp_path: Path) -> None:
    source = served(server, ARCHIVE)
    verify_native(source, [MOBILENET], tmp_path / "prepared", None)
    assert server.served == 0
    for _ in range(2):
        (model,) = prepare(source, tmp_path, None, MOBILENET)
        assert (model.folder / "frozen.pb").read_bytes() == b"graph"
        assert (list(model.record.sha256), model.record.provenance.weights) == (["frozen.pb"], f"{MOBILENET}_frozen.pb")
    assert server.served == 1
    (model.folder / "frozen.pb").write_bytes(b"torn")
    assert prepare(source, tmp_path, None, MOBILENET)[0].damage() is None


def test_a_download_may_be_the_very_file(server: Server, tmp_path: Path) -> None:
    source = served(server, ARCHIVE, "tf-quant", "mobilenet_v2_1.0_224")
    (model,) = prepare(source, tmp_path, None, "mobilenet_v2_1.0_224")
    assert (model.record.precision, model.record.order) == ("int8", "RGB")
    assert model.tflite.read_bytes() == ARCHIVE


def test_what_the_user_s_folder_has_is_preferred_and_may_be_the_archive(server: Server, tmp_path: Path) -> None:
    source = served(server, b"")
    folder = tmp_path / "own" / MOBILENET
    folder.mkdir(parents=True)
    for name, content, expected in (
        ("mobilenet_v1_1.0_224.tgz", ARCHIVE, b"graph"),
        (f"{MOBILENET}_frozen.pb", b"G", b"G"),
    ):
        (folder / name).write_bytes(content)
        lines = [
            f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {MOBILENET}/{file.name}\n" for file in folder.iterdir()
        ]
        (folder.parent / "SHA256SUMS").write_text("".join(lines))
        (model,) = prepare(source, tmp_path, folder.parent, MOBILENET)
        assert (model.folder / "frozen.pb").read_bytes() == expected
    assert server.served == 0


def test_a_torn_download_is_one_sentence_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    source = served(server, ARCHIVE[:-10])
    size = f"it has {len(ARCHIVE) - 10:,} of {len(ARCHIVE):,} bytes"
    with pytest.raises(
        UserError, match=f"is not the file that was published: {size}; get {MOBILENET}.tgz from elsewhere"
    ):
        prepare(source, tmp_path, None, MOBILENET)
    assert not [path for path in (tmp_path / "prepared").rglob("*") if path.is_file() and path.name != ".lock"]


def test_where_it_can_t_be_downloaded_the_sentence_says_what_to_get(server: Server, tmp_path: Path) -> None:
    source = served(server, b"")
    server.answers = [(404, b"", 0)] * 3
    words = rf"{MOBILENET}\.tgz can't be downloaded \(.*404.*\); put {MOBILENET}/{MOBILENET}_frozen\.pb or .* --weights"
    with pytest.raises(UserError, match=words):
        prepare(source, tmp_path, None, MOBILENET)


def test_all_quantised_files_lie_in_one_folder(tmp_path: Path) -> None:
    source, folder = native_sources()["tf2-quant"], tmp_path / "own" / "int8"
    folder.mkdir(parents=True)
    (folder / "tf2_mobilenet_v2_1.0_224_ptq.tflite").write_bytes(b"model")
    (folder.parent / "SHA256SUMS").write_text(
        f"{hashlib.sha256(b'model').hexdigest()}  int8/tf2_mobilenet_v2_1.0_224_ptq.tflite\n"
    )
    (model,) = prepare(source, tmp_path, folder.parent, "mobilenet_v2_1.0_224")
    assert model.folder.name == "mobilenet_v2_1.0_224@tf2-quant" and model.tflite.read_bytes() == b"model"
