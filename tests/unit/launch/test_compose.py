"""Which engine `bench up` finds."""

from __future__ import annotations

import pytest

from bench.launch import compose


@pytest.mark.parametrize("host", ["tcp://[/red]", "nonsense", "tcp://127.0.0.1:99999", "unix:///nowhere"])
def test_an_engine_at_no_address_is_an_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    engine = compose.find_engine()
    assert engine.client is None
    assert engine.why_not.startswith("no Docker engine answers (")
