"""ONNX Runtime, which reads the prepared ONNX file as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bench.prepare.models.prepared import PreparedModel

SPINNING = "session.intra_op.allow_spinning"


class Session:
    """One loaded network."""

    def __init__(self, session: onnxruntime.InferenceSession, input_name: str) -> None:
        self._session = session
        self._input_name = input_name

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
        }


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(model.onnx), options, providers=["CPUExecutionProvider"])
    return Session(session, model.input_name)


def build_info() -> dict[str, Any]:
    """Return what ONNX Runtime reports of itself."""
    return {"version": onnxruntime.__version__, "build": onnxruntime.get_build_info()}
