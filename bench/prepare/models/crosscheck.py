"""Checks that a prepared model's files are one and the same network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from bench.errors import UserError
from bench.prepare.network.graph import Graph

TOLERANCE = 1e-4
"""Largest difference of a probability between two frameworks."""


def check_parity(prototxt: Path, caffemodel: Path, onnx_file: Path, graph: Graph, scale: float) -> float:
    """Compare the Caffe files in OpenCV with the ONNX file in ONNX Runtime, on one seeded image.

    Parameters
    ----------
    graph : Graph
        What the files were written from.
    scale : float
        Factor of the preprocessing, which the image is to resemble.

    Returns
    -------
    float
        The largest difference of a probability.

    Raises
    ------
    UserError
        If the ONNX file is not valid, or the difference is larger than `TOLERANCE`.
    """
    noise = np.random.default_rng(0).integers(-128, 128, graph.input_shape)
    image = (noise * scale).astype(np.float32)
    onnx.checker.check_model(str(onnx_file))
    difference = float(np.abs(_opencv(prototxt, caffemodel, image) - _onnxruntime(onnx_file, image)).max())
    if not difference <= TOLERANCE:
        raise UserError(
            f"{graph.name}: OpenCV and ONNX Runtime differ by {difference:.2g} on the same image, so that frameworks "
            "would not measure the same network; try other versions of the two, and report this"
        )
    return difference


def _opencv(prototxt: Path, caffemodel: Path, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    net = cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))
    net.setInput(image)
    return np.asarray(net.forward(), np.float32).reshape(-1)


def _onnxruntime(onnx_file: Path, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    probabilities: npt.NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: image})[0].reshape(-1)
    return probabilities
