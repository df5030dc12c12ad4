"""Setting up an environment, without the network."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from bench import bootstrap


def test_two_that_set_up_the_same_environment_at_once_make_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def create(folder: Path, **_: object) -> None:
        made.append(folder)
        time.sleep(0.2)  # the other one comes meanwhile, or not: there is one environment all the same

    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
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
