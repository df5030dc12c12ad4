"""OpenVINO, which reads the prepared ONNX file as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from bench.frameworks import count_formats
from bench.prepare.models.prepared import PreparedModel

DEVICE = "CPU"
PROPERTIES = ("ENABLE_CPU_PINNING", "ENABLE_HYPER_THREADING", "INFERENCE_PRECISION_HINT", "NUM_STREAMS")
NO_KERNEL = "unknown"


WEIGHTED = ("Convolution", "FullyConnected", "MatMul")
HALF = "f16"
INTEGER_LAYERS, FLOAT_LAYERS = ("i8", "u8"), ("bf16", HALF, "f32")


class Session:
    """One loaded network."""

    def __init__(self, compiled: openvino.CompiledModel) -> None:
        self._compiled = compiled
        self._request = compiled.create_infer_request()

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        probabilities: NDArray[np.float32] = self._request.infer({0: blob})[0].reshape(-1)
        return probabilities

    def report(self) -> dict[str, Any]:
        """Return the properties in force and the kernels chosen, as `frameworks.Reporting` has it."""
        properties = {name.lower(): str(self._compiled.get_property(name)) for name in PROPERTIES}
        layers = [layer.get_rt_info() for layer in self._compiled.get_runtime_model().get_ops()]
        kernels = Counter(f"{layer['layerType'].astype(str)} {layer['primitiveType'].astype(str)}" for layer in layers)
        return {
            "threads": self._compiled.get_property("INFERENCE_NUM_THREADS"),
            **properties,
            "half": HALF in _weighted(layers),
            "computed_in": count_formats(_weighted(layers), INTEGER_LAYERS, FLOAT_LAYERS),
            "kernels": {kernel: count for kernel, count in kernels.items() if NO_KERNEL not in kernel},
        }


def _weighted(layers: Iterable[Any]) -> Iterator[str]:
    """Yield the precision of each layer with weights."""
    for layer in layers:
        if layer["layerType"].astype(str) in WEIGHTED:
            yield layer["runtimePrecision"].astype(str)


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads, in float32: by itself it takes less where the processor can."""
    return _load(model, threads, "f32")


def load_half(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads, in float16."""
    return _load(model, threads, HALF)


def has_half() -> bool:
    """Return whether OpenVINO finds arithmetic of float16 in this processor."""
    return "FP16" in openvino.Core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")


def _load(model: PreparedModel, threads: int, precision: str) -> Session:
    core = openvino.Core()
    properties = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": precision,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    return Session(core.compile_model(core.read_model(str(model.onnx)), DEVICE, properties))


def build_info() -> dict[str, Any]:
    """Return what OpenVINO reports of itself."""
    core = openvino.Core()
    return {
        "version": openvino.__version__.partition("-")[0],
        "build": openvino.get_version(),
        "processor": core.get_property(DEVICE, "FULL_DEVICE_NAME"),
        "capabilities": core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES"),
    }
