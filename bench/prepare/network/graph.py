"""The framework-neutral graph of a network: what `graph.json` holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Union

from pydantic import ConfigDict, Field, ValidationError

from bench.errors import UserError
from bench.records.schema import SCHEMA_VERSION, Record

Shape = tuple[int, ...]
Pair = tuple[int, int]
"""One number for each of (height, width)."""


class Node(Record):
    """One operation, which makes one tensor of the node's own name.

    Attributes
    ----------
    inputs
        The tensors it takes: names of earlier nodes, or the graph's input.
    shape
        Of the tensor it makes: (1, channels, height, width), or (1, channels) after an inner product.
    params
        Its arrays in weights.npz (float32) with their shapes. The name is the node's, a dot, and the array's role,
        which the classes below explain.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    inputs: tuple[str, ...]
    shape: Shape
    params: dict[str, Shape] = Field(default_factory=dict)


class Window(Node):
    """A node that slides a window over its input, which is padded with `pad` on both sides of each axis."""

    kernel: Pair
    stride: Pair
    pad: Pair

    def padding(self, image: Pair) -> tuple[Pair, Pair]:
        """Return (before, after) for (height, width): the padding with which exactly these windows fit into the image.

        Spelled out so, it needs none of the frameworks' own rules for windows that stick out, which differ.
        """
        reach = [(count - 1) * self.stride[axis] + self.kernel[axis] for axis, count in enumerate(self.shape[2:])]
        rows, columns = ((self.pad[axis], max(0, reach[axis] - self.pad[axis] - image[axis])) for axis in range(2))
        return rows, columns


class Convolution(Window):
    """A convolution (a correlation, as everywhere in deep learning), padded with zeros.

    `weight` is (outputs, inputs / group, kernel height, kernel width); `bias`, where there is one, (outputs,).
    Output g-th of `group` equal parts sees only the g-th part of the input channels: `group` equal to the number of
    channels is a depthwise convolution.
    """

    op: Literal["Convolution"] = "Convolution"
    group: int


class Pooling(Window):
    """The maximum or the average of each window, by Caffe's rule for windows that stick out (`builder.pooled_size`).

    A maximum ignores padding and whatever lies beyond. An average counts padding as zeros, but nothing beyond it.
    """

    op: Literal["Pooling"] = "Pooling"
    method: Literal["max", "average"]


class ReLU(Node):
    """max(x, 0)."""

    op: Literal["ReLU"] = "ReLU"


class LRN(Node):
    """Local response normalisation across channels.

    x / (1 + alpha / size · Σ x²) ** beta, where the sum runs over the `size` channels around x's own (Krizhevsky et
    al. 2012, with Caffe's and ONNX's alpha, which is divided by the size; TensorFlow's is not).
    """

    op: Literal["LRN"] = "LRN"
    size: int
    alpha: float
    beta: float


class Concat(Node):
    """The inputs one after another, along the channels."""

    op: Literal["Concat"] = "Concat"


class InnerProduct(Node):
    """A fully connected layer over its input, flattened in (channel, height, width) order.

    `weight` is (outputs, inputs); `bias`, where there is one, (outputs,).
    """

    op: Literal["InnerProduct"] = "InnerProduct"


class BatchNorm(Node):
    """(x - mean) / sqrt(variance + epsilon), per channel.

    `mean` and `variance` are (channels,), already divided by the scale factor that Caffe stores beside them.
    """

    op: Literal["BatchNorm"] = "BatchNorm"
    epsilon: float


class Scale(Node):
    """x · weight + bias, per channel: `weight` and, where there is one, `bias` are (channels,)."""

    op: Literal["Scale"] = "Scale"


class Softmax(Node):
    """exp(x) / Σ exp(x) over the channels."""

    op: Literal["Softmax"] = "Softmax"


AnyNode = Annotated[
    Union[Convolution, Pooling, ReLU, LRN, Concat, InnerProduct, BatchNorm, Scale, Softmax], Field(discriminator="op")
]


class Graph(Record):
    """A network for inference with one input and one output, batch size 1.

    What does nothing at inference (dropout) is left out, and no two nodes share a tensor, as Caffe's in-place layers
    do.

    Attributes
    ----------
    input, input_shape
        Name and shape (1, channels, height, width) of the input tensor.
    output
        Name of the output tensor: always that of a softmax.
    nodes
        In an order in which they can be computed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA_VERSION
    name: str
    input: str
    input_shape: Shape
    output: str
    nodes: tuple[AnyNode, ...]

    @property
    def params(self) -> dict[str, Shape]:
        """Name and shape of every array in weights.npz, in the nodes' order."""
        return {name: shape for node in self.nodes for name, shape in node.params.items()}

    @property
    def shapes(self) -> dict[str, Shape]:
        """Shape of every tensor, the input's first."""
        return {self.input: self.input_shape, **{node.name: node.shape for node in self.nodes}}


def write_graph(path: Path, graph: Graph) -> None:
    """Write `graph.json`."""
    path.write_text(graph.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_graph(path: Path) -> Graph:
    """Read `graph.json`.

    Raises
    ------
    UserError
        If it is missing, damaged or of another version.
    """
    try:
        return Graph.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(
            f"{path} can't be read; run 'bench prepare --models {path.parent.name}' to make it anew"
        ) from error
