"""Setting up an environment, without the network."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
import requests

from bench import bootstrap


def test_two_that_set_up_the_same_environment_at_once_make_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def create(folder: Path, **_: object) -> None:
        made.append(folder)
        time.sleep(0.2)  # the other one comes meanwhile, or not: there is one environment all the same

    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "PLACE", tmp_path)
    monkeypatch.setattr(bootstrap.venv, "create", create)
    monkeypatch.setattr(bootstrap, "_install", lambda *_: None)
    lock = tmp_path / "x.lock"
    lock.write_text("")
    threads = [threading.Thread(target=bootstrap.ensure, args=("x", lock)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [tmp_path / ".venvs" / "x"]


def test_setting_up_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bootstrap, "LOG_INTERVAL_S", 0.0)
    pip = ["Collecting numpy==2.4.6 (from -r x.lock (line 1))", "  Downloading numpy.whl (16.6 MB)", "Collecting rich"]
    bootstrap._show([*pip, "Installing collected packages: numpy, rich"], 3)
    told = capsys.readouterr().err.splitlines()
    assert told == ["  1 of 3 packages: numpy==2.4.6", "  2 of 3 packages: rich", "  unpacking 2 packages"]


def failing_pip(folder: Path, complaint: str, code: int = 1) -> Path:
    """Make a Python whose pip complains, beside a lock."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit {code}\n")
    python.chmod(0o755)
    (folder / "x.lock").write_text("numpy==2.4.6\n")
    return python


def test_what_pip_complains_of_is_the_reason(tmp_path: Path) -> None:
    python = failing_pip(tmp_path, "ERROR: No matching distribution found for numpy==2.4.6")
    with pytest.raises(
        bootstrap.SetUpError, match=r"x\.lock: No matching distribution found for numpy==2\.4\.6; check"
    ):
        bootstrap._install(python, [tmp_path / "x.lock"], "x.lock")


def test_a_disk_that_is_full_is_no_fault_of_the_network(tmp_path: Path) -> None:
    python = failing_pip(tmp_path, "ERROR: Could not install packages: [Errno 28] No space left on device")
    with pytest.raises(bootstrap.SetUpError, match=r"No space left on device; make room and try again"):
        bootstrap._install(python, [tmp_path / "x.lock"], "x.lock")


def test_what_pip_only_warns_of_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = failing_pip(tmp_path, "WARNING: The cache has been disabled.", code=0)
    bootstrap._install(python, [tmp_path / "x.lock"], "x.lock")
    assert capsys.readouterr().err == ""


def test_a_certificate_that_pip_does_not_know_is_told_where_to_be_named(tmp_path: Path) -> None:
    python = failing_pip(tmp_path, "WARNING: [SSL: CERTIFICATE_VERIFY_FAILED]")
    with pytest.raises(bootstrap.SetUpError, match="say with SSL_CERT_FILE=FILE where your network's proxy"):
        bootstrap._install(python, [tmp_path / "x.lock"], "x.lock")


def test_pip_and_downloads_trust_what_ssl_cert_file_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, elsewhere = tmp_path / "proxy.crt", "https://example.org/"
    file.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    bootstrap.trust_certificates()
    assert requests.Session().merge_environment_settings(elsewhere, {}, None, True, None)["verify"] == str(file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "mine.crt")
    bootstrap.trust_certificates()
    assert requests.Session().merge_environment_settings(elsewhere, {}, None, True, None)["verify"] == "mine.crt"


def test_where_no_environment_can_be_kept_is_said_with_where_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "IS_CLONE", False)
    monkeypatch.setattr(bootstrap, "PLACE", Path("/proc/nobody/.cache/pi-dnn-bench"))
    with pytest.raises(bootstrap.SetUpError, match="can't be written; XDG_CACHE_HOME says where else"):
        bootstrap.import_path()


@pytest.mark.parametrize("columns", [0, 40])
def test_a_sentence_is_broken_between_words_also_where_a_terminal_does_not_know_its_width(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(bootstrap.shutil, "get_terminal_size", lambda: os.terminal_size((columns, 0)))
    bootstrap.tell(f"bench: {bootstrap.NO_VENV}")
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= (columns or 80)
    assert " ".join(lines) == f"bench: {bootstrap.NO_VENV}"
