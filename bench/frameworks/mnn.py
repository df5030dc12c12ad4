"""MNN: a file that its own converter makes of the prepared ONNX file."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.frameworks.conversion import cache_folder
from bench.frameworks.output import stdout_to
from bench.prepare.models.prepared import PreparedModel

with TemporaryFile() as printed:
    with stdout_to(printed.fileno()):
        import MNN
    printed.seek(0)
    FEATURES = printed.read().decode().strip()
    """What MNN prints when it is imported, and says nowhere else: which instructions the processor has for it."""

FILE = "model.mnn"
FLOAT, HALF = "high", "low"
"""What MNN calls float32, whatever the processor can, and float16, where it can."""
WINOGRAD_MEMORY, SMALL = 3, 1
"""A hint by its number: with the default, larger tiles GoogLeNet is 20 times less exact (7.7e-5), for more memory.

0, the smallest, is no more exact and slower: Network in Network took 1.3 times as long on x86 with AVX-512.
"""
THREADS = 4
"""What `getSessionInfo` calls them."""


class Session:
    """One loaded network."""

    def __init__(self, interpreter: Any, session: Any, precision: str) -> None:
        self._interpreter = interpreter  # which owns the session
        self._session = session
        self._precision = precision
        self._input = interpreter.getSessionInput(session)
        self._output = interpreter.getSessionOutput(session)

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        self._input.copyFrom(_tensor(blob))
        self._interpreter.runSession(self._session)
        output = _tensor(np.empty(self._output.getShape(), np.float32))
        self._output.copyToHostTensor(output)
        return np.array(output.getNumpyData()).reshape(-1)  # a copy: the view ends with the tensor

    def report(self) -> dict[str, Any]:
        """Return the threads and the precision, as `frameworks.Reporting` has it."""
        # An integer, in the bits of a float.
        (threads,) = struct.unpack("<i", struct.pack("<f", self._interpreter.getSessionInfo(self._session, THREADS)))
        half = self._precision == HALF and has_half()  # without, it computes in float32 unasked
        return {"threads": threads, "precision": self._precision, "half": half, "winograd_memory": SMALL}


def converted(model: PreparedModel) -> Path:
    """Return the folder of what `convert` writes."""
    return cache_folder(model, "mnn", MNN.version())


def convert(model: PreparedModel, folder: Path) -> None:
    """Write MNN's file into an empty folder."""
    import _tools  # of MNN's package: its MNN.tools, which wraps this, would call pip and send statistics

    files = ["--modelFile", str(model.onnx), "--MNNModel", str(folder / FILE)]
    with stdout_to(2):
        _tools.mnnconvert(["mnnconvert", "-f", "ONNX", *files, "--bizCode", "bench"])


def load(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads, in float32."""
    return _load(model, threads, FLOAT)


def load_half(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads, in float16."""
    return _load(model, threads, HALF)


def has_half() -> bool:
    """Return whether MNN finds arithmetic of float16 in this processor."""
    return re.search(r"\bfp16: *1", FEATURES) is not None


def _load(model: PreparedModel, threads: int, precision: str) -> Session:
    with stdout_to(2):
        interpreter = MNN.Interpreter(str(converted(model) / FILE))
        interpreter.setSessionHint(WINOGRAD_MEMORY, SMALL)
        session = interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": precision})
        return Session(interpreter, session, precision)


def build_info() -> dict[str, Any]:
    """Return what MNN reports of itself."""
    return {"version": MNN.version(), "cpu_features": FEATURES}


def _tensor(array: NDArray[np.float32]) -> Any:
    return MNN.Tensor(array.shape, MNN.Halide_Type_Float, array, MNN.Tensor_DimensionType_Caffe)
