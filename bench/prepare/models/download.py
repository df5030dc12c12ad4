"""Downloads a model's published weights and checks them against the catalog's pin."""

from __future__ import annotations

import queue
import socket
import threading
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pooch  # type: ignore[import-untyped]
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from bench.catalog import WeightsSource
from bench.errors import UserError
from bench.records.digests import file_digest, git_blob_id

CONNECT_S, READ_S = 4.0, 30.0
"""How long to wait for a name or a connection, and then for each next piece."""

RETRIES = 2

_NO_ANSWER = (ConnectTimeoutError, NewConnectionError)


class UnreachableError(Exception):
    """The network or the server did not give the file; the text says why."""


class OfflineError(UnreachableError):
    """There is no network at all, or no way to it, so that no other server is worth trying."""


class _MismatchError(ValueError):
    """A download is not what was published; pooch tries again after a ValueError."""


def download(source: WeightsSource, url: str, folder: Path) -> Path:
    """Return a published file from `folder`, downloaded from one of its places and verified unless it is there already.

    A reader of the folder never sees half a file: it comes under another name and is renamed when verified.

    Raises
    ------
    UnreachableError
        If it can't be had from there now.
    UserError
        If the server gives something else than what was published, again and again.
    """
    path = folder / source.file
    if path.exists() and _mismatch(path, source) is None:
        return path
    path.unlink(missing_ok=True)
    pooch.get_logger().setLevel("WARNING")
    # pooch brings retries and the temporary file. The pin is checked in the downloader, because pooch knows neither
    # git blob ids nor sizes; None tells it not to check.
    registry = pooch.create(
        folder, base_url="", registry={source.file: None}, urls={source.file: url}, retry_if_failed=RETRIES
    )
    try:
        registry.fetch(source.file, downloader=partial(_download_verified, source=source))
    except _MismatchError as error:
        raise UserError(
            f"{url} is not the file that was published: {error}; get {source.file} from elsewhere, and give its "
            "folder with --weights"
        ) from error
    except requests.exceptions.RequestException as error:
        raise UnreachableError(f"{url}: {error}") from error
    return path


def _download_verified(url: str, output: str, pooch_: object, *, source: WeightsSource) -> None:
    _resolve(url)
    try:
        pooch.HTTPDownloader(timeout=(CONNECT_S, READ_S))(url, output, pooch_)
    except requests.exceptions.ConnectionError as error:
        # Without an answer at all, trying again would only keep the user waiting; a broken transfer is worth it.
        reason = getattr(error.args[0], "reason", None)
        if isinstance(reason, ProxyError) and isinstance(reason.original_error, _NO_ANSWER):
            raise OfflineError("the proxy that the environment names does not answer") from error
        if isinstance(reason, _NO_ANSWER):
            raise UnreachableError(f"{urlsplit(url).hostname} does not answer") from error
        raise
    mismatch = _mismatch(Path(output), source)
    if mismatch:
        raise _MismatchError(mismatch)


def pin(source: WeightsSource) -> tuple[str, str]:
    """Return the kind and the value of a source's digest."""
    for kind, value in (("sha256", source.sha256), ("sha1", source.sha1), ("git blob id", source.git_blob)):
        if value:
            return kind, value
    raise AssertionError("the catalog lets no source pass without a pin")


def _mismatch(path: Path, source: WeightsSource) -> str | None:
    size = path.stat().st_size
    if source.size not in (None, size):
        return f"it has {size:,} of {source.size:,} bytes"
    kind, wanted = pin(source)
    found = git_blob_id(path) if kind == "git blob id" else file_digest(path, kind)
    return None if found == wanted else f"its {kind} is {found} instead of {wanted}"


def _resolve(url: str) -> None:
    """Look up the server's address, or raise UnreachableError soon: a lookup itself knows no time-out."""
    if requests.utils.get_environ_proxies(url):
        return
    host, answer = urlsplit(url).hostname, queue.Queue[object](1)

    def look_up() -> None:
        try:
            answer.put(socket.getaddrinfo(host, None))
        except OSError as error:
            answer.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        result = answer.get(timeout=CONNECT_S)
    except queue.Empty:
        raise OfflineError("names on the network can't be looked up: no answer") from None
    if isinstance(result, socket.gaierror) and result.errno == socket.EAI_NONAME:
        raise UnreachableError(f"there is no server {host}")
    if isinstance(result, OSError):
        raise OfflineError(f"names on the network can't be looked up: {result.strerror}")
