"""Files out of an archive, and what is wrong with one said in a sentence."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.prepare.models import archive as module
from bench.prepare.models.archive import unpack
from tests.made.archives import tgz

FORMS = [{"frozen.pb": "net_frozen.pb"}, {"ckpt.index": "net.ckpt.index", "ckpt.data": "net.ckpt.data"}]


def made(folder: Path, content: bytes) -> Path:
    path = folder / "net.tgz"
    path.write_bytes(content)
    return path


def refusal(archive: Path, folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        unpack(archive, FORMS, folder)
    assert list(folder.iterdir()) == []
    return str(caught.value)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_the_files_of_the_first_whole_form_are_taken_and_nothing_else(tmp_path: Path, out: Path) -> None:
    files = {"./net.ckpt.data": b"data", "./net.ckpt.index": b"index", "./net_eval.pbtxt": b"more"}
    archive = made(tmp_path, tgz(files))
    assert unpack(archive, FORMS, out) == FORMS[1]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"ckpt.index": b"index", "ckpt.data": b"data"}
    assert unpack(made(tmp_path, tgz({**files, "net_frozen.pb": b"graph"})), FORMS, out) == FORMS[0]
    assert (out / "frozen.pb").read_bytes() == b"graph"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_torn_archive_is_named(share: float, tmp_path: Path, out: Path) -> None:
    whole = tgz({"net_eval.pbtxt": bytes(range(256)) * 400, "net_frozen.pb": b"graph"})
    assert "net.tgz is torn, or no .tgz" in refusal(made(tmp_path, whole[: int(len(whole) * share)]), out)


def test_a_page_instead_of_an_archive_is_named(tmp_path: Path, out: Path) -> None:
    assert "net.tgz is torn, or no .tgz" in refusal(made(tmp_path, b"<html>not found</html>"), out)


@pytest.mark.parametrize("name", ["../net_frozen.pb", "/net_frozen.pb", "a/../../net_frozen.pb"])
def test_a_path_that_leads_outside_is_refused(name: str, tmp_path: Path, out: Path) -> None:
    archive = made(tmp_path, tgz({"net_frozen.pb": b"graph", name: b"elsewhere"}))
    assert f"net.tgz has a file {name} outside of itself" in refusal(archive, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.tgz", "out"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_what_is_no_file_is_not_taken_for_one(kind: bytes, tmp_path: Path, out: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("net_frozen.pb")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    assert "has a link or a folder as net_frozen.pb, not a file" in refusal(made(tmp_path, buffer.getvalue()), out)


def test_an_archive_larger_than_any_published_one_is_refused(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = made(tmp_path, tgz({"a": bytes(600), "net_frozen.pb": bytes(600)}))
    monkeypatch.setattr(module, "LIMIT_BYTES", 1199)
    assert "net.tgz holds more than 0.0 GB, which no published one does" in refusal(archive, out)
    monkeypatch.setattr(module, "LIMIT_BYTES", 1200)
    assert unpack(archive, FORMS, out) == FORMS[0]


def test_an_archive_without_the_files_says_which_it_lacks(tmp_path: Path, out: Path) -> None:
    archive = made(tmp_path, tgz({"net.ckpt.index": b"index"}))
    assert "net.tgz has no net_frozen.pb or net.ckpt.index with net.ckpt.data" in refusal(archive, out)
