"""Checks that a prepared model's files are one and the same network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

import cv2
import numpy as np
import numpy.typing as npt
import onnx

from bench.errors import UserError
from bench.prepare.network.graph import Graph
from bench.records.schema import Scaling

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read at import: what is measured here is nobody else's business
import onnxruntime

Array = npt.NDArray[np.float32]

TOLERANCE = 1e-4
"""Largest difference of a probability between two frameworks."""

COPY_TOLERANCE = 1e-5
"""Largest difference of a probability between a published file and what is written of it, in the same framework."""


def check_parity(onnx_file: Path, graph: Graph, scale: Scaling, caffe: Optional[tuple[Path, Path]] = None) -> float:
    """Compare OpenCV with ONNX Runtime on one seeded image.

    Parameters
    ----------
    graph : Graph
        What the files were written from.
    scale : float or (float, float, float)
        Factor of the preprocessing, which the image is to resemble.
    caffe : (Path, Path) or None
        Prototxt and caffemodel, which OpenCV is to read; else it reads the ONNX file too.

    Returns
    -------
    float
        The largest difference of a probability.

    Raises
    ------
    UserError
        If the ONNX file is not valid, or the difference is larger than `TOLERANCE`.
    """
    image = _image(graph, scale)
    onnx.checker.check_model(str(onnx_file))
    difference = _difference(_opencv(onnx_file, caffe, image), _onnxruntime(onnx_file, image))
    if not difference <= TOLERANCE:
        raise UserError(
            f"{graph.name}: OpenCV and ONNX Runtime differ by {difference:.2g} on the same image, so that frameworks "
            "would not measure the same network; try other versions of the two, and report this"
        )
    return difference


def check_published(published: Path, onnx_file: Path, graph: Graph, scale: Scaling) -> float:
    """Compare the ONNX file that was published with the one written of it, in ONNX Runtime on one seeded image.

    Returns
    -------
    float
        The largest difference of a probability.

    Raises
    ------
    UserError
        If ONNX Runtime can't run the published file, or the difference is larger than `COPY_TOLERANCE`.
    """
    image = _image(graph, scale)
    try:
        found = _onnxruntime(published, image)
    except Exception as error:  # ONNX Runtime has no common class of its own for what is wrong with a file
        reason = " ".join(str(error).split())
        raise UserError(f"{published}: ONNX Runtime can't run it ({reason[:200]}); export it anew") from error
    wanted = _onnxruntime(onnx_file, image)
    if not np.isclose(found.sum(), 1, atol=1e-3) or found.min() < 0:  # the file ends before the softmax
        found = np.exp(found - found.max()) / np.exp(found - found.max()).sum()
    difference = _difference(found, wanted)
    if not difference <= COPY_TOLERANCE:
        raise UserError(
            f"{published}: what was read of it gives probabilities that differ by {difference:.2g} from its own, so "
            "that it would not be the same network; report this"
        )
    return difference


def _image(graph: Graph, scale: Scaling) -> Array:
    noise = np.random.default_rng(0).integers(-128, 128, graph.input_shape)
    return np.asarray(noise * np.reshape(scale, (-1, 1, 1)), np.float32)


def _difference(one: Array, other: Array) -> float:
    return float(np.abs(one - other).max()) if one.shape == other.shape else float("inf")


def _opencv(onnx_file: Path, caffe: Optional[tuple[Path, Path]], image: Array) -> Array:
    net = cv2.dnn.readNetFromCaffe(*map(str, caffe)) if caffe else cv2.dnn.readNetFromONNX(str(onnx_file))
    net.setInput(image)
    return np.asarray(net.forward(), np.float32).reshape(-1)


def _onnxruntime(onnx_file: Path, image: Array) -> Array:
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    data = session.get_inputs()[0]
    images = np.repeat(image, data.shape[0] if isinstance(data.shape[0], int) else 1, axis=0)
    probabilities: Array = session.run(None, {data.name: images})[0][0].reshape(-1)
    return probabilities
