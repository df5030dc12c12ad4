"""What the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """Real weights, which the project does not commit."""
    return _shared("models")


@pytest.fixture(scope="session")
def shared_images() -> Path:
    """A hundred real photographs with labels, which the project does not commit."""
    return _shared("data/imagenet-dev")


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    return folder
