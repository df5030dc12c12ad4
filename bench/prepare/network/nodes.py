"""The operations that a neutral network is made of: one class for each, with what its numbers and arrays mean.

Whoever writes a form of a network (ONNX, Caffe, a framework's own) goes through them with `isinstance`, one branch for
each class of `AnyNode`, and ends with `unknown_node(node, writer)`: the type checker then finds a class that was
forgotten, and a node that nobody knows is an error instead of something else. What a form can't say, its writer refuses
with a `FormError`, whose text becomes the reason of an `unavailable` row.
"""

from __future__ import annotations

from typing import Annotated, Literal, NoReturn, Union

from pydantic import ConfigDict, Field

from bench.records.schema import Record

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


class SlidingKernel(Node):
    """A node that slides a kernel over its input.

    The input is padded with `pad` above and to the left, and below and to the right with what the kernel needs to fit
    in at its last position (`padding`): nothing, or something else than `pad` where the published network pads one side
    alone, as TensorFlow does.
    """

    kernel: Pair
    stride: Pair
    pad: Pair

    def padding(self, image: Pair) -> tuple[Pair, Pair]:
        """Return (before, after) for (height, width): the padding with which exactly these positions fit in the image.

        Spelled out so, it needs none of the frameworks' own rules for kernels that stick out, which differ.
        """
        reach = [(count - 1) * self.stride[axis] + self.kernel[axis] for axis, count in enumerate(self.shape[2:])]
        rows, columns = ((self.pad[axis], max(0, reach[axis] - self.pad[axis] - image[axis])) for axis in range(2))
        return rows, columns


class Convolution(SlidingKernel):
    """A convolution (a correlation, as everywhere in deep learning), padded with zeros.

    `weight` is (outputs, inputs / group, kernel height, kernel width); `bias`, where there is one, (outputs,).
    Output g-th of `group` equal parts sees only the g-th part of the input channels: `group` equal to the number of
    channels is a depthwise convolution.
    """

    op: Literal["Convolution"] = "Convolution"
    group: int


class Pooling(SlidingKernel):
    """The maximum or the average under the kernel at each position; `shape` tells how many, `padding` what sticks out.

    A maximum ignores padding and whatever lies beyond. An average counts padding as zeros, but nothing beyond it. One
    kernel over the whole image, without padding, is global pooling.
    """

    op: Literal["Pooling"] = "Pooling"
    method: Literal["max", "average"]


class ReLU(Node):
    """max(x, 0)."""

    op: Literal["ReLU"] = "ReLU"


class Clip(Node):
    """min(max(x, low), high): ReLU6 is that between 0 and 6."""

    op: Literal["Clip"] = "Clip"
    low: float
    high: float


class Sigmoid(Node):
    """1 / (1 + exp(-x))."""

    op: Literal["Sigmoid"] = "Sigmoid"


class HardSigmoid(Node):
    """min(max(alpha · x + beta, 0), 1)."""

    op: Literal["HardSigmoid"] = "HardSigmoid"
    alpha: float
    beta: float


class HardSwish(Node):
    """x · min(max(x / 6 + 1/2, 0), 1) (Howard et al. 2019)."""

    op: Literal["HardSwish"] = "HardSwish"


class Sum(Node):
    """The first input plus the second, which has its shape, or one number for each channel: (1, channels, 1, 1)."""

    op: Literal["Sum"] = "Sum"


class Product(Node):
    """The first input times the second, which has its shape, or one number for each channel: (1, channels, 1, 1)."""

    op: Literal["Product"] = "Product"


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


class Slice(Node):
    """The channels from `begin` to before `end`."""

    op: Literal["Slice"] = "Slice"
    begin: int
    end: int


class Shuffle(Node):
    """The channels of `group` equal parts in turn: the first of each part, then the second of each, and so on.

    Output channel j · group + i is input channel i · (channels / group) + j (Zhang et al. 2018).
    """

    op: Literal["Shuffle"] = "Shuffle"
    group: int


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
    Union[
        Convolution,
        Pooling,
        ReLU,
        Clip,
        Sigmoid,
        HardSigmoid,
        HardSwish,
        Sum,
        Product,
        LRN,
        Concat,
        Slice,
        Shuffle,
        InnerProduct,
        BatchNorm,
        Scale,
        Softmax,
    ],
    Field(discriminator="op"),
]


class FormError(Exception):
    """A form has no way to say a network; the text is one sentence that tells why."""


def unknown_node(node: NoReturn, writer: str) -> NoReturn:
    """Refuse a node of a class that a writer has no branch for; the type checker lets nobody forget one."""
    raise TypeError(f"{node!r}: {writer} knows no such operation")
