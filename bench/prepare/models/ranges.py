"""The smallest and the largest value of every tensor of a network over some images."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import onnx

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read at import
import onnxruntime

from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.network.graph import Graph
from bench.prepare.network.weights import Weights


def tensor_ranges(
    graph: Graph, weights: Weights, blobs: Iterable[npt.NDArray[np.float32]]
) -> dict[str, tuple[float, float]]:
    """Return them by the tensors' names, the input's among them.

    Parameters
    ----------
    blobs : iterable of float32 array, shape (1, 3, height, width)
        The images, preprocessed.
    """
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.onnx"
        write_onnx(path, graph, weights)
        model = onnx.load(path)
        made = [name for name in graph.shapes if name not in (graph.input, graph.output)]
        model.graph.output.extend(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in made
        )
        onnx.save(model, path)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [graph.output, *made]
    found: dict[str, tuple[float, float]] = {}
    for blob in blobs:
        for name, values in zip([graph.input, *names], [blob, *session.run(names, {graph.input: blob})]):
            low, high = found.get(name, (np.inf, -np.inf))
            found[name] = min(low, float(values.min())), max(high, float(values.max()))
    return found
