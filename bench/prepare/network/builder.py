"""Builds a graph node by node, with the shape of every tensor and array as Caffe would have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, prod
from typing import Literal, Optional

from bench.prepare.network.graph import Graph
from bench.prepare.network.kernels import Size, convolved_size, count_by, count_whole, geometry, pooled_size
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
    Pair,
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
)

LARGEST = 1 << 28
"""More numbers in all arrays, or in one tensor (a GiB of float32), and no board that this is for can hold a network."""


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
        self._size = 0
        if not 0 < height * width < LARGEST:
            raise ValueError(f"{input}: {height} × {width} pixels are no picture")

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Shape of every tensor there is, by name."""
        return self._shapes

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
        after: Optional[Size] = None,
    ) -> str:
        """Add a convolution, padded by `pad` before the image and, if that differs, by `after` behind it."""
        channels, size = self._image(name, input)
        sliding = geometry(name, kernel, stride, pad)
        if outputs < 1 or group < 1 or channels % group or outputs % group:
            raise ValueError(f"{name}: {channels} channels to {outputs} don't divide into {group} groups")
        params: dict[str, Shape] = {f"{name}.weight": (outputs, channels // group, *sliding.kernel)}
        if bias:
            params[f"{name}.bias"] = (outputs,)
        count = (
            count_by(name, convolved_size, size, sliding) if after is None else count_whole(name, size, sliding, after)
        )
        shape = (1, outputs, *count)
        return self._add(
            Convolution(
                name=name,
                inputs=(input,),
                shape=shape,
                params=params,
                group=group,
                **sliding._asdict(),
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
        after: Optional[Size] = None,
    ) -> str:
        """Add a pooling, over the whole image without a `kernel`.

        Caffe's rule makes the count of positions, or, with the padding `after` the image, how many whole ones fit.
        """
        channels, size = self._image(name, input)
        sliding = geometry(name, size if kernel is None else kernel, stride, pad)
        pooled = (
            count_by(name, pooled_size, size, sliding) if after is None else count_whole(name, size, sliding, after)
        )
        kernel, stride, pad = sliding
        for axis in range(2):
            if pad[axis] >= kernel[axis] or (pooled[axis] - 1) * stride[axis] - pad[axis] >= size[axis]:
                raise ValueError(f"{name}: a kernel would see nothing of the image")
        shape = (1, channels, *pooled)
        return self._add(
            Pooling(name=name, inputs=(input,), shape=shape, method=method, kernel=kernel, stride=stride, pad=pad)
        )

    def relu(self, name: str, input: str) -> str:
        """Add a rectifier."""
        return self._add(ReLU(name=name, inputs=(input,), shape=self._shape(name, input)))

    def clip(self, name: str, input: str, low: float, high: float) -> str:
        """Add a clipping to between `low` and `high`."""
        shape = self._shape(name, input)
        if not -inf < low < high < inf:
            raise ValueError(f"{name}: it clips to between {low} and {high}, which is no range")
        return self._add(Clip(name=name, inputs=(input,), shape=shape, low=low, high=high))

    def sigmoid(self, name: str, input: str) -> str:
        """Add a sigmoid."""
        return self._add(Sigmoid(name=name, inputs=(input,), shape=self._shape(name, input)))

    def hard_sigmoid(self, name: str, input: str, alpha: float, beta: float) -> str:
        """Add a hard sigmoid."""
        return self._add(
            HardSigmoid(name=name, inputs=(input,), shape=self._shape(name, input), alpha=alpha, beta=beta)
        )

    def hard_swish(self, name: str, input: str) -> str:
        """Add a hard swish."""
        return self._add(HardSwish(name=name, inputs=(input,), shape=self._shape(name, input)))

    def sum(self, name: str, first: str, second: str) -> str:
        """Add a sum of two tensors."""
        return self._add(Sum(name=name, inputs=(first, second), shape=self._broadcast(name, first, second)))

    def product(self, name: str, first: str, second: str) -> str:
        """Add a product of two tensors, number by number."""
        return self._add(Product(name=name, inputs=(first, second), shape=self._broadcast(name, first, second)))

    def slice(self, name: str, input: str, begin: int, end: int) -> str:
        """Add a cut of some channels."""
        shape = self._shape(name, input)
        if not 0 <= begin < end <= shape[1]:
            raise ValueError(f"{name}: channels {begin} to {end} are not there, only {shape[1]}")
        return self._add(Slice(name=name, inputs=(input,), shape=(1, end - begin, *shape[2:]), begin=begin, end=end))

    def shuffle(self, name: str, input: str, group: int) -> str:
        """Add a shuffle of the channels."""
        channels, _ = self._image(name, input)
        if group < 1 or channels % group:
            raise ValueError(f"{name}: {channels} channels don't divide into {group} groups")
        return self._add(Shuffle(name=name, inputs=(input,), shape=self._shape(name, input), group=group))

    def lrn(self, name: str, input: str, size: int, alpha: float, beta: float) -> str:
        """Add a local response normalisation."""
        shape = self._shape(name, input)
        if size % 2 == 0 or not 0 < size < LARGEST:
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
        self._size += sum(map(prod, node.params.values()))
        if self._size > LARGEST or prod(node.shape) > LARGEST:
            raise ValueError(f"{node.name}: with it the network has more numbers than a board's memory holds")
        if node.name in self._shapes:
            raise ValueError(f"{node.name}: there are two of that name")
        self._shapes[node.name] = node.shape
        self._nodes.append(node)
        return node.name

    def _shape(self, name: str, input: str) -> Shape:
        if input not in self._shapes:
            raise ValueError(f"{name}: its input {input} is not there yet")
        return self._shapes[input]

    def _broadcast(self, name: str, first: str, second: str) -> Shape:
        shape, other = self._shape(name, first), self._shape(name, second)
        if other not in (shape, (1, shape[1], *(1 for _ in shape[2:]))):
            raise ValueError(f"{name}: its inputs don't go together: {shape} and {other}")
        return shape

    def _image(self, name: str, input: str) -> tuple[int, Pair]:
        shape = self._shape(name, input)
        if len(shape) != 4:
            raise ValueError(f"{name}: its input {input} is not an image but {shape}")
        return shape[1], (shape[2], shape[3])
