"""Reads a published ONNX file of a classifier as a neutral graph and its arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import NodeProto

from bench.errors import UserError
from bench.prepare.formats.onnx import kernels, numbers, shapes
from bench.prepare.formats.onnx.constants import compute_constants, stored_constants
from bench.prepare.formats.onnx.load import OnnxFile, load_onnx
from bench.prepare.formats.onnx.translation import Tensor, Translation
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph

INPUT = "data"

_OPERATORS: dict[str, Callable[[Translation, NodeProto], None]] = {
    "Add": numbers.add,
    "AveragePool": kernels.average,
    "BatchNormalization": numbers.batch_norm,
    "Clip": numbers.clip,
    "Concat": shapes.concat,
    "Conv": kernels.convolution,
    "Div": numbers.divide,
    "Dropout": shapes.same,
    "Flatten": shapes.flatten,
    "Gemm": numbers.gemm,
    "GlobalAveragePool": numbers.global_average,
    "HardSigmoid": numbers.hard_sigmoid,
    "HardSwish": numbers.hard_swish,
    "Identity": shapes.same,
    "LRN": numbers.lrn,
    "MatMul": numbers.matmul,
    "MaxPool": kernels.maximum,
    "Mul": numbers.multiply,
    "Pad": shapes.pad,
    "ReduceMean": numbers.reduce_mean,
    "Relu": numbers.relu,
    "Reshape": shapes.reshape,
    "Shape": shapes.shape_of,
    "Sigmoid": numbers.sigmoid,
    "Slice": shapes.cut,
    "Softmax": numbers.softmax,
    "Split": shapes.split,
    "Squeeze": shapes.squeeze,
    "Sub": numbers.subtract,
    "Sum": numbers.add,
    "Transpose": shapes.transpose,
    "Unsqueeze": shapes.unsqueeze,
}


def read_onnx(path: Path, name: str) -> tuple[Graph, dict[str, npt.NDArray[np.float32]]]:
    """Read an ONNX file of any opset from 7 on.

    The batch becomes 1, whatever the file says of it; what the file computes of constants alone is computed here.

    Parameters
    ----------
    name : str
        What to call the graph.

    Returns
    -------
    Graph
        Always with a softmax at its end (`GraphBuilder.build`).
    dict of str to float32 array
        In the order and shapes of `graph.params`.

    Raises
    ------
    UserError
        If the file is not one classifier in float32, or an operator of it is not among those of the neutral graph.
    """
    file = load_onnx(path)
    try:
        net = Translation(GraphBuilder(name, INPUT, *file.size), file.opset)
    except ValueError as error:
        raise UserError(f"{path} is no classifier of images ({error}); export it for a picture's size") from error
    net.tensors[file.input] = Tensor(INPUT, net.builder.shapes[INPUT])
    try:
        net.constants.update(stored_constants(file.graph))
    except ValueError as error:
        raise UserError(f"{path}: an array of it is damaged ({error}); get the file anew") from error
    for node in file.nodes:
        _translate(net, node, file)
    if file.output not in net.tensors:
        raise UserError(f"{path}: its output {file.output} does not depend on its input; export the classifier anew")
    try:
        graph = net.builder.build()
    except ValueError as error:
        raise UserError(f"{path} is no classifier ({error}); export one whose output is (batch, classes)") from error
    return graph, {param: net.weights[param] for param in graph.params}


def _translate(net: Translation, node: NodeProto, file: OnnxFile) -> None:
    called = f"{file.path}: its node {node.name or node.output[0]} is a {node.op_type} (opset {file.opset})"
    if node.domain not in ("", "ai.onnx"):
        raise UserError(f"{called} of {node.domain}, which only some programs know; export it in ONNX's own operators")
    try:
        known = compute_constants(node, net.constants, file.opset)
        if known is not None:
            net.constants.update(known)
            return
        if node.op_type not in _OPERATORS:
            raise UserError(f"{called}, which is none of {', '.join(sorted(_OPERATORS))}; export the model without it")
        _OPERATORS[node.op_type](net, node)
    except (ValueError, KeyError, IndexError, TypeError, ArithmeticError) as error:
        raise UserError(f"{called} that can't be taken over: {error}; export the model without it") from error
