"""What the tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from bench.runs.locks import APART

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A process of pytest-xdist is told a width, which a console that is made then keeps.
os.environ.pop("COLUMNS", None)

# A benchmark of one process of tests is none of another's business.
os.environ[APART] = f"-{os.getpid()}"

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


CONVERTED = {"parity", "quiet"}
"""The images' tests that share what frameworks convert of the prepared models."""


def scope(nodeid: str) -> str:
    """Return what a test stays in one process with: those of its file, which share what their fixtures make."""
    path = Path(nodeid.partition("::")[0])
    shares = path.parent.name == "images" and path.stem.removeprefix("test_") in CONVERTED
    return "converted" if shares else str(path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that it does not keep one process busy when the others have ended."""
    items.sort(key=lambda item: (scope(item.nodeid) != "converted", "/images/" not in item.nodeid))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Shares tests out by `scope`, for the groups of pytest-xdist 3.8 are lost on pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Share the tests out by file, whatever `--dist` says."""
    return ByFile(config, log)


def pytest_configure() -> None:
    """Let signals end what the tests start, as on a terminal, where their own starter ignores these (nohup, `&`)."""
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
