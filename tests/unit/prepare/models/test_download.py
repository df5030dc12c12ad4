"""Downloads from a server of our own."""

from __future__ import annotations

import hashlib
import socket
import threading
from pathlib import Path

import pytest

from bench.catalog import WeightsSource
from bench.errors import UserError
from bench.prepare.models import download as module
from bench.prepare.models.download import OfflineError, UnreachableError
from tests.made.server import Server

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SHA1 = hashlib.sha1(CONTENT).hexdigest()
GIT_BLOB = hashlib.sha1(b"blob 7000\0" + CONTENT).hexdigest()


def source(server: Server, **pin: object) -> WeightsSource:
    url = f"http://127.0.0.1:{server.server_port}/net.caffemodel"
    return WeightsSource.model_validate({"file": "net.caffemodel", "urls": [url], **(pin or {"sha256": SHA256})})


def download(source: WeightsSource, folder: Path) -> Path:
    return module.download(source, source.urls[0], folder)


def answer(content: bytes = CONTENT, status: int = 200) -> tuple[int, bytes, int]:
    return status, content, len(content)


@pytest.mark.parametrize("pin", [{"sha256": SHA256, "size": 7000}, {"sha1": SHA1}, {"git_blob": GIT_BLOB}], ids=str)
def test_a_file_is_downloaded_and_fetched_only_once(pin: dict[str, object], server: Server, tmp_path: Path) -> None:
    server.answers = [answer()]
    for _ in range(2):
        assert download(source(server, **pin), tmp_path / "new").read_bytes() == CONTENT
    assert server.served == 1


@pytest.mark.parametrize(
    "pin", [{"sha256": SHA256}, {"sha1": SHA1}, {"git_blob": GIT_BLOB}, {"sha256": SHA256, "size": 7001}], ids=str
)
def test_another_file_than_the_published_one_is_refused(pin: dict[str, object], server: Server, tmp_path: Path) -> None:
    server.answers = [answer(CONTENT if "size" in pin else b"a page")] * 3
    with pytest.raises(UserError, match="is not the file that was published: it"):
        download(source(server, **pin), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "first", [answer(b"", 500), answer(CONTENT[:100]), (200, CONTENT[:100], 7000)], ids=["500", "short", "broken off"]
)
def test_a_failed_transfer_is_tried_again(first: tuple[int, bytes, int], server: Server, tmp_path: Path) -> None:
    server.answers = [first, answer()]
    assert download(source(server), tmp_path).read_bytes() == CONTENT
    assert server.served == 2


def test_a_damaged_earlier_download_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "net.caffemodel").write_bytes(CONTENT[:10])
    server.answers = [answer()]
    assert download(source(server), tmp_path).read_bytes() == CONTENT


def test_a_server_that_fails_for_good_is_unreachable(server: Server, tmp_path: Path) -> None:
    server.answers = [answer(b"", 404)] * 3
    with pytest.raises(UnreachableError, match="404"):
        download(source(server), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_given_up_at_once(server: Server, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/net.caffemodel"
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 does not answer"):
            download(source(server).model_copy(update={"urls": (url,)}), tmp_path)


def test_a_proxy_that_does_not_answer_is_no_network(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it is tried again"))
        with pytest.raises(OfflineError, match="the proxy that the environment names does not answer"):
            download(source(server).model_copy(update={"urls": ("http://nowhere.invalid/net.caffemodel",)}), tmp_path)


def test_without_a_network_a_lookup_ends_soon(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(module, "CONNECT_S", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: ended.wait())
    with pytest.raises(OfflineError, match="can't be looked up"):
        download(source(server).model_copy(update={"urls": ("http://nowhere.invalid/net.caffemodel",)}), tmp_path)
    ended.set()


@pytest.mark.parametrize(("code", "kind"), [(socket.EAI_AGAIN, OfflineError), (socket.EAI_NONAME, UnreachableError)])
def test_a_missing_name_is_told_from_a_missing_network(
    code: int, kind: type[Exception], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(UnreachableError) as caught:
        download(source(server).model_copy(update={"urls": ("http://nowhere.invalid/net.caffemodel",)}), tmp_path)
    assert type(caught.value) is kind
