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


def mobile(path: Path, side: int = 32, classes: int = 1000, opset: int = 18) -> Path:
    """Write a small network of MobileNet v3's operations, as PyTorch's exporter writes them, with random weights."""
    random = np.random.default_rng(5)
    arrays: dict[str, Array] = {}
    nodes: list[NodeProto] = []

    def convolve(
        name: str, of: str, before: int, channels: int, kernel: int = 1, stride: int = 1, group: int = 1
    ) -> str:
        shape = (channels, before // group, kernel, kernel)
        spread = np.sqrt(2 / (shape[1] * kernel * kernel))
        arrays[f"{name}.weight"] = random.normal(0, spread, shape).astype(np.float32)
        arrays[f"{name}.bias"] = random.normal(0, 0.1, channels).astype(np.float32)
        pads, kernels = (kernel // 2,) * 4, (kernel, kernel)
        inputs = (of, f"{name}.weight", f"{name}.bias")
        shared = {"group": group, "kernel_shape": kernels, "pads": pads, "strides": (stride, stride)}
        nodes.append(node("Conv", *inputs, output=name, dilations=(1, 1), **shared))
        return name

    def apply(op: str, *inputs: str, **attributes: Any) -> str:
        name = f"{op}_{len(nodes)}"
        nodes.append(node(op, *inputs, output=name, **attributes))
        return name

    stem = apply("HardSwish", convolve("stem", "image", 3, 16, 3, 2))
    depthwise = apply("Relu", convolve("depthwise", stem, 16, 16, 3, 2, 16))
    squeezed = apply("GlobalAveragePool", depthwise)
    gate = convolve("expand", apply("Relu", convolve("squeeze", squeezed, 16, 8)), 8, 16)
    excited = apply("Mul", apply("HardSigmoid", gate, alpha=1 / 6, beta=0.5), depthwise)
    block = convolve("project", excited, 16, 16)
    wide = apply("HardSwish", convolve("wide", block, 16, 32))
    wide = apply("HardSwish", convolve("five", wide, 32, 32, 5, 1, 32))
    summed = apply("Add", convolve("narrow", wide, 32, 16), block)
    last = apply("HardSwish", convolve("last", summed, 16, 48))
    flat = apply("Flatten", apply("GlobalAveragePool", last), axis=1)
    for name, before, after in (("hidden", 48, 64), ("classes", 64, classes)):
        arrays[f"{name}.weight"] = random.normal(0, np.sqrt(2 / before), (after, before)).astype(np.float32)
        arrays[f"{name}.bias"] = random.normal(0, 0.1, after).astype(np.float32)
        inputs = (flat, f"{name}.weight", f"{name}.bias")
        flat = apply("Gemm", *inputs, alpha=1.0, beta=1.0, transB=1)
        flat = apply("HardSwish", flat) if name == "hidden" else flat
    return save(path, model(nodes, arrays, opset, ("batch", 3, side, side), flat))


def node(op: str, *inputs: str, output: str = "x", name: str = "", **attributes: Any) -> NodeProto:
    """Return a node with one output."""
    return helper.make_node(op, list(inputs), [output], name=name or output, **attributes)


def save(path: Path, made: ModelProto) -> Path:
    """Write a model to a file, whether it is valid or not."""
    path.write_bytes(made.SerializeToString())
    return path
