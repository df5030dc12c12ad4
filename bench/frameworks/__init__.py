"""One adapter per framework: `load(model, threads) -> session`, `session.infer(blob)`, `build_info()`."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from bench.prepare.models.prepared import PreparedModel

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray


class Session(Protocol):
    """One loaded network."""

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities.

        Parameters
        ----------
        blob : float32 array, shape (1, 3, height, width)
            One preprocessed image, BGR.

        Returns
        -------
        float32 array, shape (classes,)
        """


@runtime_checkable
class Reporting(Protocol):
    """What a session offers beside, if its framework says more of one loaded network than of its build."""

    def report(self) -> dict[str, Any]:
        """Return threads, precision and the like as the framework itself reports them of this network."""


class Adapter(Protocol):
    """What each module of this package offers."""

    def load(self, model: PreparedModel, threads: int) -> Session:
        """Load a prepared model on `threads` CPU threads."""

    def build_info(self) -> dict[str, Any]:
        """Return version, compiler flags, BLAS, instruction sets and threads as the framework itself reports them.

        What belongs to one loaded network is its session's: see `Reporting`. One of the two has `threads`, None where
        the framework can't tell.
        """


@runtime_checkable
class Halving(Protocol):
    """What a module offers beside, if its framework can compute in float16 where the processor can.

    `load` keeps it from that, also where it would do so by itself.

    Its sessions report `half`: whether any of what has weights computes in float16.
    """

    def has_half(self) -> bool:
        """Return whether the framework finds arithmetic of float16 in this processor."""

    def load_half(self, model: PreparedModel, threads: int) -> Session:
        """Load like `load`, in float16."""


@runtime_checkable
class Converter(Protocol):
    """What a module offers beside, if its framework can't load the prepared files as they are."""

    def converted(self, model: PreparedModel) -> Path:
        """Return the folder, within the model's cache, of what `convert` writes; another version has another."""

    def convert(self, model: PreparedModel, folder: Path) -> None:
        """Write into an empty folder what `load` will read in the one that `converted` names."""


def count_formats(types: Iterable[str], integer: Collection[str], float_: Collection[str]) -> dict[str, int]:
    """Count layers with weights by the numbers they compute in, from the types of layer that a framework names.

    This is a session's `computed_in`, by which a model in int8 is known not to be computed in float unnoticed.
    """
    counts = Counter("int8" if kind in integer else "float" for kind in types if kind in {*integer, *float_})
    return {"int8": counts["int8"], "float": counts["float"]}


def adapter(framework: str) -> Adapter:
    """Import a framework's adapter, and with it the framework.

    Raises
    ------
    ImportError
        If the framework is not installed here.
    """
    module: Any = importlib.import_module(f"bench.frameworks.{framework}")
    return module  # type: ignore[no-any-return]


def is_installed(framework: str) -> bool:
    """Tell whether a framework can be imported here, which imports it."""
    try:
        adapter(framework)
    except ImportError:
        return False
    return True


def describe(framework: Adapter, session: Session) -> dict[str, Any]:
    """Return what a framework reports of its build and of one loaded network."""
    return {**framework.build_info(), **(session.report() if isinstance(session, Reporting) else {})}
