"""What the integration tests share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.made.program import MODELS, bench


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("prepared")
    done = bench("prepare", "--models", ",".join(MODELS), "--results", results)
    assert done.returncode == 0, done.stderr
    return results / "prepared"


@pytest.fixture
def results(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "prepared")
    return tmp_path
