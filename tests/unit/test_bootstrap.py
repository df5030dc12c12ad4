"""Setting up an environment, without the network."""

from __future__ import annotations

import sys
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


def test_what_pip_complains_of_is_the_reason(tmp_path: Path) -> None:
    pip = "import sys; print('ERROR: No matching distribution found for numpy==2.4.6', file=sys.stderr); sys.exit(1)"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c \"{pip}\"\n")
    python.chmod(0o755)
    with pytest.raises(
        bootstrap.SetUpError, match=r"x\.lock: No matching distribution found for numpy==2\.4\.6; check"
    ):
        bootstrap._install(python, [tmp_path / "x.lock"], "x.lock")
