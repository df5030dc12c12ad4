"""Builds a graph node by node, with the shape of every tensor and array as Caffe would have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Literal, Optional, Union

from bench.prepare.network.graph import (
    LRN,
    AnyNode,
    BatchNorm,
    Concat,
    Convolution,
    Graph,
    InnerProduct,
    Pair,
    Pooling,
    ReLU,
    Scale,
    Shape,
    Softmax,
)

Size = Union[int, Pair]
"""A (height, width), or one number for both."""


def convolved_size(size: int, kernel: int, stride: int, pad: int) -> int:
    """Return along one axis how many whole windows fit: floor((size + 2 pad - kernel) / stride) + 1."""
    return (size + 2 * pad - kernel) // stride + 1


def pooled_size(size: int, kernel: int, stride: int, pad: int) -> int:
    """Return along one axis how many windows Caffe pools, the last of which may stick out.

    ceil((size + 2 pad - kernel) / stride) + 1, less one where there is padding and the last window would start
    beyond the image and the padding before it (Caffe 1.0, `PoolingLayer::Reshape`).
    """
    count = -(-(size + 2 * pad - kernel) // stride) + 1
    if pad and (count - 1) * stride >= size + pad:
        count -= 1
    return count


class GraphBuilder:
    """A graph in the making.

    Each method adds a node and returns its name, which is also its tensor's. All raise ValueError, whose text names
    the node, if it does not fit what is there.

    Parameters
    ----------
    name : str
        Name of the graph.
    input : str
        Name of its input tensor.
    height, width : int
        Size of its input, which has 3 channels.
    """

    def __init__(self, name: str, input: str, height: int, width: int) -> None:
        self._name = name
        self._input = input
        self._shapes: dict[str, Shape] = {input: (1, 3, height, width)}
        self._nodes: list[AnyNode] = []

    def convolution(
        self,
        name: str,
        input: str,
        outputs: int,
        kernel: Size,
        stride: Size = 1,
        pad: Size = 0,
        group: int = 1,
        bias: bool = True,
    ) -> str:
        """Add a convolution."""
        channels, size = self._image(name, input)
        window = _window(name, kernel, stride, pad)
        if outputs < 1 or group < 1 or channels % group or outputs % group:
            raise ValueError(f"{name}: {channels} channels to {outputs} don't divide into {group} groups")
        params: dict[str, Shape] = {f"{name}.weight": (outputs, channels // group, *window[0])}
        if bias:
            params[f"{name}.bias"] = (outputs,)
        shape = (1, outputs, *_slide(name, convolved_size, size, window))
        kernel, stride, pad = window
        return self._add(
            Convolution(
                name=name,
                inputs=(input,),
                shape=shape,
                params=params,
                kernel=kernel,
                stride=stride,
                pad=pad,
                group=group,
            )
        )

    def pooling(
        self,
        name: str,
        input: str,
        method: Literal["max", "average"],
        kernel: Optional[Size] = None,
        stride: Size = 1,
        pad: Size = 0,
    ) -> str:
        """Add a pooling, over the whole image without a `kernel`."""
        channels, size = self._image(name, input)
        kernel, stride, pad = _window(name, size if kernel is None else kernel, stride, pad)
        pooled = _slide(name, pooled_size, size, (kernel, stride, pad))
        for axis in range(2):
            if pad[axis] >= kernel[axis] or (pooled[axis] - 1) * stride[axis] - pad[axis] >= size[axis]:
                raise ValueError(f"{name}: a window would see nothing of the image")
        shape = (1, channels, *pooled)
        return self._add(
            Pooling(name=name, inputs=(input,), shape=shape, method=method, kernel=kernel, stride=stride, pad=pad)
        )

    def relu(self, name: str, input: str) -> str:
        """Add a rectifier."""
        return self._add(ReLU(name=name, inputs=(input,), shape=self._shape(name, input)))

    def lrn(self, name: str, input: str, size: int, alpha: float, beta: float) -> str:
        """Add a local response normalisation."""
        shape = self._shape(name, input)
        if size % 2 == 0:
            raise ValueError(f"{name}: the size of a normalisation is odd, not {size}")
        return self._add(LRN(name=name, inputs=(input,), shape=shape, size=size, alpha=alpha, beta=beta))

    def concat(self, name: str, inputs: Sequence[str]) -> str:
        """Add a concatenation."""
        shapes = [self._shape(name, input) for input in inputs]
        if len({shape[2:] for shape in shapes}) != 1:
            raise ValueError(f"{name}: its inputs differ in size: {', '.join(map(str, shapes))}")
        shape = (1, sum(shape[1] for shape in shapes), *shapes[0][2:])
        return self._add(Concat(name=name, inputs=tuple(inputs), shape=shape))

    def inner_product(self, name: str, input: str, outputs: int, bias: bool = True) -> str:
        """Add a fully connected layer."""
        params: dict[str, Shape] = {f"{name}.weight": (outputs, prod(self._shape(name, input)))}
        if bias:
            params[f"{name}.bias"] = (outputs,)
        return self._add(InnerProduct(name=name, inputs=(input,), shape=(1, outputs), params=params))

    def batch_norm(self, name: str, input: str, epsilon: float) -> str:
        """Add a batch normalisation by stored statistics."""
        shape = self._shape(name, input)
        params = {f"{name}.mean": shape[1:2], f"{name}.variance": shape[1:2]}
        return self._add(BatchNorm(name=name, inputs=(input,), shape=shape, params=params, epsilon=epsilon))

    def scale(self, name: str, input: str, bias: bool = True) -> str:
        """Add a factor and, with `bias`, a summand for each channel."""
        shape = self._shape(name, input)
        params = {f"{name}.weight": shape[1:2]}
        if bias:
            params[f"{name}.bias"] = shape[1:2]
        return self._add(Scale(name=name, inputs=(input,), shape=shape, params=params))

    def softmax(self, name: str, input: str) -> str:
        """Add a softmax."""
        return self._add(Softmax(name=name, inputs=(input,), shape=self._shape(name, input)))

    def build(self) -> Graph:
        """Return the graph, with a last node `prob` if it does not end in a softmax yet.

        Every framework is to return probabilities, and some published deploy files (Network in Network's) stop
        before the softmax that the network was trained with.
        """
        used = {input for node in self._nodes for input in node.inputs}
        loose = [node.name for node in self._nodes if node.name not in used]
        if len(loose) != 1:
            raise ValueError(f"a network has one output, not {len(loose)}: {', '.join(loose)}")
        output = loose[0]
        if not any(node.name == output and isinstance(node, Softmax) for node in self._nodes):
            output = self.softmax("prob", output)
        shape = self._shapes[output]
        if prod(shape) != shape[1]:
            raise ValueError(f"{output}: one probability for each class is wanted, not an output of {shape}")
        return Graph(
            name=self._name,
            input=self._input,
            input_shape=self._shapes[self._input],
            output=output,
            nodes=tuple(self._nodes),
        )

    def _add(self, node: AnyNode) -> str:
        if node.name in self._shapes:
            raise ValueError(f"{node.name}: there are two of that name")
        self._shapes[node.name] = node.shape
        self._nodes.append(node)
        return node.name

    def _shape(self, name: str, input: str) -> Shape:
        if input not in self._shapes:
            raise ValueError(f"{name}: its input {input} is not there yet")
        return self._shapes[input]

    def _image(self, name: str, input: str) -> tuple[int, Pair]:
        shape = self._shape(name, input)
        if len(shape) != 4:
            raise ValueError(f"{name}: its input {input} is not an image but {shape}")
        return shape[1], (shape[2], shape[3])


def _window(name: str, kernel: Size, stride: Size, pad: Size) -> tuple[Pair, Pair, Pair]:
    kernel, stride, pad = ((item, item) if isinstance(item, int) else item for item in (kernel, stride, pad))
    if min(kernel) < 1 or min(stride) < 1 or min(pad) < 0:
        raise ValueError(f"{name}: kernel {kernel}, stride {stride}, pad {pad} is no window")
    return kernel, stride, pad


def _slide(name: str, rule: Callable[[int, int, int, int], int], size: Pair, window: tuple[Pair, Pair, Pair]) -> Pair:
    kernel, stride, pad = window
    if any(kernel[axis] > size[axis] + 2 * pad[axis] for axis in range(2)):
        raise ValueError(f"{name}: its kernel {kernel} is larger than its input {size}, padded by {pad}")
    height, width = (rule(size[axis], kernel[axis], stride[axis], pad[axis]) for axis in range(2))
    return height, width
