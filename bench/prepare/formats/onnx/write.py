"""Writes a neutral graph and its arrays as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper, numpy_helper

from bench.errors import UserError
from bench.prepare.network.graph import Graph
from bench.prepare.network.kernels import pads_alike
from bench.prepare.network.nodes import (
    LRN,
    AnyNode,
    BatchNorm,
    Clip,
    Concat,
    Convolution,
    HardSigmoid,
    HardSwish,
    InnerProduct,
    Pooling,
    Product,
    ReLU,
    Scale,
    Shape,
    Shuffle,
    Sigmoid,
    Slice,
    Softmax,
    Sum,
    unknown_node,
)
from bench.prepare.network.weights import Weights

OPSET = 17
IR_VERSION = 8
"""Of 2022: every runtime in use reads them, and no operator here has changed its meaning since."""


def write_onnx(path: Path, graph: Graph, weights: Weights) -> None:
    """Write a network with one input, (1, 3, height, width), and one output, (1, classes), under the graph's names.

    Raises
    ------
    UserError
        If the graph averages over kernels that stick out of the padded image, for which ONNX has another rule.
    """
    shapes = graph.shapes
    arrays: dict[str, npt.NDArray[Any]] = dict(weights)
    model = helper.make_model(
        helper.make_graph(
            [proto for node in graph.nodes for proto in _nodes(node, shapes, arrays)],
            graph.name,
            [helper.make_tensor_value_info(graph.input, TensorProto.FLOAT, graph.input_shape)],
            [helper.make_tensor_value_info(graph.output, TensorProto.FLOAT, shapes[graph.output][:2])],
            [numpy_helper.from_array(array, name) for name, array in arrays.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="pi-dnn-bench",
    )
    path.write_bytes(model.SerializeToString(deterministic=True))


def _nodes(node: AnyNode, shapes: dict[str, Shape], arrays: dict[str, npt.NDArray[Any]]) -> list[NodeProto]:
    """Return what a node is in ONNX; `arrays` is changed where ONNX wants an array of another shape, or one more."""
    name, inputs, params = node.name, list(node.inputs), list(node.params)
    if isinstance(node, Convolution):
        _, _, height, width = shapes[inputs[0]]
        after = node.pad if pads_alike(node, (height, width)) else [end for _, end in node.padding((height, width))]
        sliding = {
            "kernel_shape": node.kernel,
            "strides": node.stride,
            "pads": [*node.pad, *after],
            "group": node.group,
        }
        return [_node("Conv", name, inputs + params, **sliding)]
    if isinstance(node, Pooling):
        return [_pooling(node, shapes[inputs[0]])]
    if isinstance(node, ReLU):
        return [_node("Relu", name, inputs)]
    if isinstance(node, Clip):
        bounds = {f"{name}.low": node.low, f"{name}.high": node.high}
        arrays.update({bound: np.array(value, np.float32) for bound, value in bounds.items()})
        return [_node("Clip", name, [*inputs, *bounds])]
    if isinstance(node, Sigmoid):
        return [_node("Sigmoid", name, inputs)]
    if isinstance(node, HardSigmoid):
        alpha = np.float32(node.alpha)
        if alpha == np.float32(1 / 6):
            # OpenCV 4.14 takes every product with a hard sigmoid of just this slope for a hard swish, whatever the
            # other factor is (a gate of MobileNet v3, say); not so with the next number.
            alpha = np.nextafter(alpha, np.float32(1))
        return [_node("HardSigmoid", name, inputs, alpha=float(alpha), beta=node.beta)]
    if isinstance(node, HardSwish):
        return [_node("HardSwish", name, inputs)]
    if isinstance(node, Sum):
        return [_node("Add", name, inputs)]
    if isinstance(node, Product):
        return [_node("Mul", name, inputs)]
    if isinstance(node, LRN):
        return [_node("LRN", name, inputs, size=node.size, alpha=node.alpha, beta=node.beta)]
    if isinstance(node, Concat):
        return [_node("Concat", name, inputs, axis=1)]
    if isinstance(node, Slice):
        cut = {f"{name}.begin": node.begin, f"{name}.end": node.end, f"{name}.axis": 1}
        arrays.update({part: np.array([value], np.int64) for part, value in cut.items()})
        return [_node("Slice", name, [*inputs, *cut])]
    if isinstance(node, Shuffle):
        return _shuffle(node, arrays)
    if isinstance(node, InnerProduct):
        return [_node("Flatten", f"{name}.input", inputs), _node("Gemm", name, [f"{name}.input", *params], transB=1)]
    if isinstance(node, BatchNorm):
        ones = arrays[f"{name}.ones"] = np.ones(node.shape[1], np.float32)
        arrays[f"{name}.zeros"] = np.zeros_like(ones)
        more = [f"{name}.ones", f"{name}.zeros", *params]
        return [_node("BatchNormalization", name, inputs + more, epsilon=node.epsilon)]
    if isinstance(node, Scale):
        for param in params:
            arrays[param] = arrays[param].reshape(-1, *(1 for _ in node.shape[2:]))
        if len(params) == 1:
            return [_node("Mul", name, inputs + params)]
        return [
            _node("Mul", f"{name}.product", inputs + params[:1]),
            _node("Add", name, [f"{name}.product", params[1]]),
        ]
    if isinstance(node, Softmax):
        return [_node("Flatten", f"{name}.input", inputs), _node("Softmax", name, [f"{name}.input"], axis=1)]
    return unknown_node(node, "ONNX's writer")


def _shuffle(node: Shuffle, arrays: dict[str, npt.NDArray[Any]]) -> list[NodeProto]:
    name, (_, channels, height, width) = node.name, node.shape
    arrays[f"{name}.groups"] = np.array((1, node.group, channels // node.group, height, width), np.int64)
    arrays[f"{name}.shape"] = np.array(node.shape, np.int64)
    return [
        _node("Reshape", f"{name}.parts", [*node.inputs, f"{name}.groups"]),
        _node("Transpose", f"{name}.turned", [f"{name}.parts"], perm=(0, 2, 1, 3, 4)),
        _node("Reshape", name, [f"{name}.turned", f"{name}.shape"]),
    ]


def _pooling(node: Pooling, image: Shape) -> NodeProto:
    after = [end for _, end in node.padding((image[2], image[3]))]
    sliding = {"kernel_shape": node.kernel, "strides": node.stride, "pads": [*node.pad, *after]}
    if node.method == "max":
        return _node("MaxPool", node.name, list(node.inputs), **sliding)
    if any(after[axis] > node.pad[axis] for axis in range(2)):
        raise UserError(
            f"{node.name}: an average over kernels that stick out of the image has another meaning in ONNX than in "
            "Caffe; use a graph whose kernels fit"
        )
    return _node("AveragePool", node.name, list(node.inputs), **sliding, count_include_pad=1)


def _node(op: str, output: str, inputs: list[str], **attributes: Any) -> NodeProto:
    return helper.make_node(op, inputs, [output], name=output, **attributes)
