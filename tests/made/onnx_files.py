"""Small ONNX files, made of a few nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]

SHAPE = (1, 3, 10, 8)
CLASSES = 7


def model(
    nodes: Iterable[NodeProto],
    arrays: Mapping[str, Array],
    opset: int = 13,
    shape: Iterable[int | str] = SHAPE,
    output: str = "scores",
) -> ModelProto:
    """Return a model from `image` to `output`."""
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def classifier(nodes: Iterable[NodeProto], arrays: Mapping[str, Array], opset: int, numbers: int) -> ModelProto:
    """Return a model of nodes from `image` to `x`, which holds so many numbers, and a fully connected layer after them.

    Its weights are random, so that no difference can hide in an average.
    """
    random = np.random.default_rng(3)
    head = {
        "head.weight": random.normal(0, 1 / np.sqrt(numbers), (CLASSES, numbers)).astype(np.float32),
        "head.bias": random.normal(0, 1, CLASSES).astype(np.float32),
    }
    tail = [node("Flatten", "x", output="flat"), node("Gemm", "flat", *head, output="scores", transB=1)]
    return model([*nodes, *tail], {**arrays, **head}, opset)


def node(op: str, *inputs: str, output: str = "x", name: str = "", **attributes: Any) -> NodeProto:
    """Return a node with one output."""
    return helper.make_node(op, list(inputs), [output], name=name or output, **attributes)


def save(path: Path, made: ModelProto) -> Path:
    """Write a model to a file, whether it is valid or not."""
    path.write_bytes(made.SerializeToString())
    return path
