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
HALF = "*NEON_FP16"
"""OpenCV's word for that its kernels of float16 can run here; where they can't, a question mark follows."""


class Session:
    """One loaded network."""

    def __init__(self, net: cv2.dnn.Net, input_name: str, half: bool = False) -> None:
        self._net = net
        self._half = half
        self._input_name = input_name

    def report(self) -> dict[str, Any]:
        """Return what its layers compute in, as `frameworks.Reporting` has it."""
        kinds = [self._net.getLayer(number).type for number in range(1, len(self._net.getLayerNames()) + 1)]
        return {"half": self._half, "computed_in": count_formats(kinds, INTEGER_LAYERS, FLOAT_LAYERS)}

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        self._net.setInput(blob, self._input_name)
        return np.asarray(self._net.forward(), np.float32).reshape(-1)


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads, in the numbers of its file."""
    return Session(_load(model, threads), model.input_name)


def load_half(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads, in float16."""
    net = _load(model, threads)
    # OpenCV warns that it falls back, which it does only where has_half() is false: it looks for Apple's name of ARM.
    net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU_FP16)
    net.enableWinograd(False)  # as OpenCV does by itself there, for exactness
    return Session(net, model.input_name, half=has_half())


def has_half() -> bool:
    """Return whether OpenCV finds arithmetic of float16 in this processor."""
    return HALF in cv2.getCPUFeaturesLine().split()


def _load(model: PreparedModel, threads: int) -> cv2.dnn.Net:
    cv2.setNumThreads(threads)
    if model.record.precision == "int8":
        return cv2.dnn.readNetFromONNX(str(model.qlinear))
    if model.record.form == "onnx":
        return cv2.dnn.readNetFromONNX(str(model.onnx))
    return cv2.dnn.readNetFromCaffe(str(model.prototxt), str(model.caffemodel))


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
