"""ONNX Runtime, which reads the prepared ONNX file as it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bench.frameworks import count_formats
from bench.prepare.models.prepared import PreparedModel

INTEGER_OPERATORS = ("ConvInteger", "MatMulInteger", "QGemm", "QLinearConv", "QLinearMatMul")
FLOAT_OPERATORS = ("Conv", "FusedConv", "FusedGemm", "FusedMatMul", "Gemm", "MatMul")
SPINNING = "session.intra_op.allow_spinning"


class Session:
    """One loaded network."""

    def __init__(self, session: onnxruntime.InferenceSession, path: Path) -> None:
        self._session = session
        self._path = path
        self._input_name = session.get_inputs()[0].name

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        probabilities: NDArray[np.float32] = self._session.run(None, {self._input_name: blob})[0].reshape(-1)
        return probabilities

    def report(self) -> dict[str, Any]:
        """Return the options in force, as `frameworks.Reporting` has it."""
        options = self._session.get_session_options()
        try:
            spinning = options.get_session_config_entry(SPINNING)
        except RuntimeError:  # nobody has set it
            spinning = "default"
        return {
            "threads": options.intra_op_num_threads,
            "inter_op_threads": options.inter_op_num_threads,
            "providers": self._session.get_providers(),
            "optimization": options.graph_optimization_level.name,
            "spinning": spinning,
            "computed_in": count_formats(operators(self._path), INTEGER_OPERATORS, FLOAT_OPERATORS),
        }


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads."""
    path = model.qlinear if model.record.precision == "int8" else model.onnx
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return Session(session, path)


def operators(path: Path) -> Iterator[str]:
    """Yield the operators with weights that ONNX Runtime makes of a file here, once for each time.

    It tells of them only by writing the optimised file, which a process of its own does: its memory is not this one's.
    """
    with TemporaryDirectory() as scratch:
        optimised = Path(scratch) / "optimised.onnx"
        subprocess.run([sys.executable, "-m", __name__, str(path), str(optimised)], check=True)
        content = optimised.read_bytes()
    for name in (*INTEGER_OPERATORS, *FLOAT_OPERATORS):
        # A node's operator as protobuf writes it: field 4, its length, its letters.
        yield from repeat(name, content.count(b"\x22" + bytes([len(name)]) + name.encode()))


def main() -> None:
    """Write what ONNX Runtime makes of the first file as the second."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = sys.argv[2]
    options.log_severity_level = 3  # it warns that such a file is for this processor, which is what is wanted
    onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])


def build_info() -> dict[str, Any]:
    """Return what ONNX Runtime reports of itself."""
    return {"version": onnxruntime.__version__, "build": onnxruntime.get_build_info()}


if __name__ == "__main__":
    main()
