"""OpenCV's dnn module, which reads the prepared files as they are: Caffe's, or ONNX where the model came as that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from bench.frameworks import count_formats
from bench.frameworks.libraries import openblas
from bench.prepare.models.prepared import PreparedModel

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray


INTEGER_LAYERS = ("ConvolutionInt8", "InnerProductInt8")
FLOAT_LAYERS = ("Convolution", "Gemm", "InnerProduct", "MatMul")


class Session:
    """One loaded network."""

    def __init__(self, net: cv2.dnn.Net, input_name: str) -> None:
        self._net = net
        self._input_name = input_name

    def report(self) -> dict[str, Any]:
        """Return what its layers compute in, as `frameworks.Reporting` has it."""
        kinds = [self._net.getLayer(number).type for number in range(1, len(self._net.getLayerNames()) + 1)]
        return {"computed_in": count_formats(kinds, INTEGER_LAYERS, FLOAT_LAYERS)}

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        self._net.setInput(blob, self._input_name)
        return np.asarray(self._net.forward(), np.float32).reshape(-1)


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads."""
    cv2.setNumThreads(threads)
    if model.record.precision == "int8":
        net = cv2.dnn.readNetFromONNX(str(model.qlinear))
    elif model.record.form == "onnx":
        net = cv2.dnn.readNetFromONNX(str(model.onnx))
    else:
        net = cv2.dnn.readNetFromCaffe(str(model.prototxt), str(model.caffemodel))
    return Session(net, model.input_name)


def build_info() -> dict[str, Any]:
    """Return what OpenCV reports of itself."""
    text = cv2.getBuildInformation()

    def line(label: str) -> str | None:
        found = re.search(rf"^\s*{re.escape(label)}:[ \t]*(\S.*)$", text, re.MULTILINE)
        return found.group(1).strip() if found else None

    return {
        "version": cv2.__version__,
        "blas": "OpenBLAS" if openblas() else None,
        "lapack": line("Lapack"),
        "openblas": openblas(),
        "baseline": line("Baseline"),
        "cpu_features": cv2.getCPUFeaturesLine(),
        "parallel": line("Parallel framework"),
        "compiler": line("C++ Compiler"),
        "flags": line("C++ flags (Release)"),
        "threads": cv2.getNumThreads(),
    }
