"""Which engine `bench up` finds, and what is said where it fails."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import docker
import pytest

from bench.errors import UserError
from bench.launch import engine
from bench.launch.images import label_here


@pytest.mark.parametrize("host", ["tcp://[/red]", "nonsense", "tcp://127.0.0.1:99999"])
def test_an_engine_at_no_address_is_an_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    found = engine.find_engine()
    assert found.client is None
    assert found.why_not.startswith("no Docker engine answers (")


def test_where_there_is_no_engine_this_is_all_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    assert engine.find_engine() == engine.Engine(None, "no Docker engine answers here")


def test_who_may_not_use_the_engine_is_told_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert engine.find_engine().why_not == (
        "you may not use the Docker engine: 'sudo usermod -aG docker $USER', then log in again"
    )


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of an engine that takes every call and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"


def test_an_engine_that_says_nothing_is_none(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", silent)
    monkeypatch.setattr(engine, "FIRST_ANSWER_S", 0.01)
    found = engine.find_engine()
    assert found.client is None
    assert "no Docker engine answers (" in found.why_not
    assert "timed out" in found.why_not


def test_an_engine_that_falls_silent_is_no_fault_of_this_program(silent: str) -> None:
    client = docker.DockerClient(base_url=silent, version="1.41", timeout=0.01)
    with pytest.raises(UserError, match=r"^the Docker engine gave no answer \(.*timed out.*the same command goes on$"):
        label_here(client, "any")


class Refusing(BaseHTTPRequestHandler):
    """Refuses every question, as an engine does whose disk is full."""

    def do_GET(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b'{"message": "write /var/lib/docker: no space left on device"}')

    def log_message(self, *_: object) -> None:
        """Say nothing of it."""


def test_what_an_engine_refuses_is_told_in_its_words() -> None:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = docker.DockerClient(base_url=f"tcp://127.0.0.1:{server.server_port}", version="1.41")
        with pytest.raises(UserError, match=r"^the Docker engine refused: write .* no space left on device$"):
            label_here(client, "any")
        server.shutdown()
