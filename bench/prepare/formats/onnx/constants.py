"""The constants of an ONNX file: those stored, and what its nodes compute of them alone."""

from __future__ import annotations

from math import inf, prod
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

Array = npt.NDArray[Any]

MAX_NUMBERS = 1 << 28
"""Of one computed constant: more would be an attack, not a network."""

_OPERATORS = frozenset(
    [
        "Add",
        "Cast",
        "Ceil",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Div",
        "Exp",
        "Floor",
        "Gather",
        "Identity",
        "Mul",
        "Neg",
        "Pow",
        "Range",
        "Reciprocal",
        "ReduceProd",
        "Reshape",
        "Slice",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Transpose",
        "Unsqueeze",
    ]
)
"""What exporters compute of shapes and weights; an operator of another name is left for the reader to refuse."""


_BROADCASTING = frozenset(["Add", "Div", "Mul", "Pow", "Sub"])


def stored_constants(graph: GraphProto) -> dict[str, Array]:
    """Return the file's arrays by name; raises ValueError if one is damaged."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def compute_constants(node: NodeProto, constants: dict[str, Array], opset: int) -> dict[str, Array] | None:
    """Return what a node makes of constants alone, by output; None if it is not such a node.

    Raises
    ------
    ValueError
        If it can't be computed.
    """
    inputs = {name: constants[name] for name in node.input if name in constants}
    if node.op_type not in _OPERATORS or len(inputs) != len({name for name in node.input if name}):
        return None
    if _numbers(node, [inputs[name] for name in node.input if name]) > MAX_NUMBERS:
        raise ValueError(f"{node.name or node.output[0]}: a constant of more than {MAX_NUMBERS:,} numbers")
    nodes = helper.make_graph(
        [node], "constant", [helper.make_empty_tensor_value_info(name) for name in inputs], _values(node)
    )
    model = helper.make_model(nodes, opset_imports=[helper.make_opsetid("", opset)])
    try:
        results = ReferenceEvaluator(model).run(None, inputs)
    except Exception as error:  # whatever NumPy makes of a file's nonsense
        raise ValueError(f"{node.name or node.output[0]}: {node.op_type} can't be computed ({error})") from error
    return {name: np.asarray(value) for name, value in zip(node.output, results)}


def _numbers(node: NodeProto, arrays: list[Array]) -> float:
    """Return how many numbers a node makes, as far as it may make more than it is given; raises ValueError if none."""
    if node.op_type == "ConstantOfShape":
        return prod(map(int, arrays[0].ravel()))
    if node.op_type == "Range":
        start, limit, delta = (float(array) for array in arrays)
        return abs(limit - start) / abs(delta) if delta else inf
    if node.op_type == "Gather":
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 0)
        return float(arrays[0].size / arrays[0].shape[axis] * arrays[1].size)
    return prod(np.broadcast_shapes(*(array.shape for array in arrays))) if node.op_type in _BROADCASTING else 0


def _values(node: NodeProto) -> list[Any]:
    return [helper.make_empty_tensor_value_info(name) for name in node.output]
