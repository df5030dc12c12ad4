"""What the supervisor asks of a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Optional

from bench.records.run import Profile
from bench.records.schema import Precision, Record
from bench.runs.shards import Share

HEARTBEAT_S = 5.0
"""Seconds within which a worker that waits or counts images gives a sign of life."""


class Job(Record):
    """What the supervisor asks for, on standard input.

    Attributes
    ----------
    unsampled
        Whether to measure once more while the sampler pauses: before the timed window, after it, or not.
    board, max_mhz
        A simulated board's tree, by whose clock the speed goes, and its highest clock; None on a real board.
    openblas_core
        Whose kernels OpenBLAS is to use; empty: its own choice.
    heartbeat_s
        Seconds within which the worker is to give a sign of life.
    predictions
        Where to write the classification of the labelled images; None: don't classify.
    share
        Which of them to classify, instead of measuring; None: measure.
    """

    framework: str
    model: Path
    precision: Precision = "fp32"
    images: Path
    threads: int
    profile: Profile
    seed: int
    predictions: Optional[Path]
    share: Optional[Share] = None
    unsampled: Literal["", "before", "after"] = ""
    board: Optional[Path] = None
    max_mhz: Optional[float] = None
    openblas_core: str = ""
    heartbeat_s: float = HEARTBEAT_S
