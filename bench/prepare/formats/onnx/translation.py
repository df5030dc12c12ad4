"""A network on its way from ONNX into the neutral graph: its tensors' names there, and their shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple, Optional

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, helper

from bench.prepare.formats.onnx.constants import Array
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.nodes import Shape

_LONGEST_NAME = 200
"""Letters; those that files are named after may have some thousands."""


class Tensor(NamedTuple):
    """A tensor of the ONNX file.

    Attributes
    ----------
    name
        Of the node of the neutral graph that makes it.
    shape
        As ONNX has it: (1, channels, height, width), or (1, numbers) after it was flattened, which the neutral graph
        leaves to whoever needs it flat.
    pad
        Zeros (top, left, bottom, right) that a Pad put around it, which its convolution is to do.
    turned
        How many parts of its channels have changed places with what is in them: half way through a shuffle.
    """

    name: str
    shape: Shape
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    turned: int = 0


class Translation:
    """What is known so far.

    Its methods raise ValueError where a node asks for something else than what the neutral graph has.
    """

    def __init__(self, builder: GraphBuilder, opset: int) -> None:
        self.builder = builder
        self.opset = opset
        self.constants: dict[str, Array] = {}
        self.tensors: dict[str, Tensor] = {}
        self.weights: dict[str, npt.NDArray[np.float32]] = {}

    def name(self, node: NodeProto, suffix: str = "") -> str:
        """Return a name for the neutral node: the ONNX node's own, in letters that every format takes."""
        plain = re.sub(r"[^A-Za-z0-9_/-]+", "_", node.name or node.output[0]).strip("/_") or node.op_type
        plain = plain[:_LONGEST_NAME]
        name = wanted = plain + suffix
        number = 1
        while name in self.builder.shapes:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def tensor(self, node: NodeProto, index: int = 0) -> Tensor:
        """Return an input that the image takes part in."""
        value = node.input[index]
        if value not in self.tensors:
            raise ValueError(f"its input {value} is a constant")
        return self.tensors[value]

    def image(self, node: NodeProto, index: int = 0) -> Tensor:
        """Return an input that is as the neutral graph has it: neither flattened, nor padded, nor turned."""
        tensor = self.tensor(node, index)
        if tensor.shape != self.builder.shapes[tensor.name]:
            raise ValueError(f"it works on a tensor rearranged to {tensor.shape}")
        return tensor

    def plain(self, node: NodeProto, index: int = 0) -> Tensor:
        """Return an input for an operation on each number by itself, which may be flattened."""
        tensor = self.tensor(node, index)
        if prod(tensor.shape) != prod(self.builder.shapes[tensor.name]) or tensor.turned:
            raise ValueError(f"it works on a tensor rearranged to {tensor.shape}")
        return tensor

    def constant(self, node: NodeProto, index: int) -> Optional[Array]:
        """Return an input that is a constant; None where it is left out."""
        value = node.input[index] if index < len(node.input) else ""
        if not value:
            return None
        if value not in self.constants:
            raise ValueError(f"its input {value} is not a constant")
        return self.constants[value]

    def array(self, node: NodeProto, index: int, shape: Optional[Sequence[int]] = None) -> npt.NDArray[np.float32]:
        """Return an input that is a constant of float32, in that shape."""
        array = self.constant(node, index)
        if array is None:
            raise ValueError(f"its input {index} is missing")
        if array.dtype != np.float32:
            raise ValueError(f"its numbers are {array.dtype}, not float32")
        if not np.isfinite(array).all():
            raise ValueError("its numbers are not finite")
        if shape is not None and array.shape != tuple(shape):
            raise ValueError(f"its input {node.input[index]} is {array.shape}, not {tuple(shape)}")
        return array

    def setting(self, node: NodeProto, attribute: str, index: Optional[int] = None) -> Any:
        """Return what older opsets give as an attribute and newer ones as the input of that index; None if neither."""
        found = attributes(node).get(attribute)
        if found is None and index is not None:
            array = self.constant(node, index)
            return None if array is None else array.tolist()
        return found

    def put(self, node: NodeProto, name: str, shape: Optional[Shape] = None) -> None:
        """Enter what a node makes: a neutral node's tensor, in ONNX's shape if that is another."""
        self.tensors[node.output[0]] = Tensor(name, self.builder.shapes[name] if shape is None else shape)


def attributes(node: NodeProto) -> dict[str, Any]:
    """Return a node's attributes by name, text as str."""
    found = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}


def require(holds: bool, otherwise: str) -> None:
    """Refuse a node with a sentence unless something holds."""
    if not holds:
        raise ValueError(otherwise)
