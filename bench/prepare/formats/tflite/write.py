"""Writes a neutral graph and its arrays as a TFLite file.

Images are (1, height, width, channels) within; Caffe's rules hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from bench.prepare.formats.tflite.flatbuffer import Numbers, Table, TfliteFile
from bench.prepare.formats.tflite.schema import IN_HALF, NONE, RELU, RELU6, SAME, VALID
from bench.prepare.network.folding import fold
from bench.prepare.network.graph import Graph
from bench.prepare.network.kernels import same_padding
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
    SlidingKernel,
    Softmax,
    Sum,
    unknown_node,
)
from bench.prepare.network.weights import Weights

Array = NDArray[np.float32]

END = "fused_activation_function"

_LOWEST = np.array(np.nextafter(np.float32("-inf"), np.float32(0)))
"""The lowest float32. (numpy's finfo warns on 32-bit ARM, where LiteRT switches the smallest numbers off.)"""
_CLIPS: dict[tuple[float, float], str] = {(0, 6): "RELU6", (-1, 1): "RELU_N1_TO_1", (0, 1): "RELU_0_TO_1"}


def write_tflite(path: Path, graph: Graph, weights: Weights, half: bool = False) -> None:
    """Write a network from float32 (1, 3, height, width) to (1, classes), in `half` to be computed in float16.

    Batch normalisation is folded into the convolution before it, and a rectifier is part of what it rectifies, where
    nothing else uses that: so does TensorFlow's converter.
    """
    path.write_bytes(Writer(*fold(graph, weights)).write(IN_HALF if half else {}))


class Writer:
    """Goes through a network in float32."""

    def __init__(self, graph: Graph, weights: Weights) -> None:
        self._graph = graph
        self._weights = weights
        self._file = TfliteFile()
        self._numbers: Optional[Numbers] = None  # of the tensor that is being made
        self._tensors: dict[str, int] = {}
        self._rectified = {node.name for node in graph.nodes if ending(node) != NONE}
        self._uses = Counter(name for node in graph.nodes for name in node.inputs)

    def write(self, metadata: Mapping[str, str]) -> bytes:
        """Return the file."""
        blob = self._file.tensor(self._graph.input_shape)
        self._tensors[self._graph.input] = self._image(blob)
        ends = {node.inputs[0]: node for node in self._graph.nodes if ending(node) != NONE}
        for node in self._graph.nodes:
            if node.name in self._tensors:
                continue
            end = ends.get(node.name)
            if end is not None and self._uses[node.name] == 1 and isinstance(node, _ACTIVATED):
                self._tensors[end.name] = self._made(node, ending(end), end.name)
            else:
                self._tensors[node.name] = self._made(node, NONE, node.name)
        return self._file.finish(blob, self._tensors[self._graph.output], metadata)

    def _image(self, blob: int) -> int:
        """Return the input, as it is stored within."""
        return self._transpose(blob, (0, 2, 3, 1), stored(self._graph.input_shape))

    def _operator(
        self, name: str, inputs: list[int], shape: Shape, options: Optional[Table] = None, like: Optional[int] = None
    ) -> int:
        """Add an operator; what it makes stands for the numbers of the node, or for those of tensor `like`."""
        numbers = self._numbers if like is None else self._file.numbers(like)
        return self._file.operator(name, inputs, shape, options, numbers)

    def _made(self, node: AnyNode, activation: int, _name: str) -> int:
        """Add a node's operators; return the tensor that the last one makes, of that name in the graph."""
        return self._node(node, activation)

    def _node(self, node: AnyNode, activation: int) -> int:
        inputs = [self._tensors[name] for name in node.inputs]
        params = [self._weights[param] for param in node.params]
        shape, x = stored(node.shape), inputs[0]
        if isinstance(node, Convolution):
            return self._convolution(node, x, params, activation)
        if isinstance(node, Pooling):
            return self._pooling(node, x)
        if isinstance(node, ReLU):
            return self._operator("RELU", [x], shape)
        if isinstance(node, Clip):
            return self._clip(x, node.low, node.high, shape)
        if isinstance(node, Sigmoid):
            return self._operator("LOGISTIC", [x], shape)
        if isinstance(node, HardSigmoid):
            # As relu6(6 · alpha · x + 6 · beta) / 6, which is two operators for MobileNet's alpha of 1/6.
            scaled = x if node.alpha == 1 / 6 else self._multiply(x, np.array(6 * node.alpha), shape)
            return self._multiply(self._add(scaled, np.array(6 * node.beta), shape, RELU6), np.array(1 / 6), shape)
        if isinstance(node, HardSwish):
            return self._operator("HARD_SWISH", [x], shape, Table("HardSwishOptions", {}))
        if isinstance(node, Sum):
            return self._operator("ADD", inputs, shape, Table("AddOptions", {END: activation}))
        if isinstance(node, Product):
            return self._operator("MUL", inputs, shape, Table("MulOptions", {END: activation}))
        if isinstance(node, LRN):
            # TFLite's alpha is not divided by the size, and it takes the radius for the size.
            options = {"radius": node.size // 2, "bias": 1.0, "alpha": node.alpha / node.size, "beta": node.beta}
            lrn = Table("LocalResponseNormalizationOptions", options)
            return self._operator("LOCAL_RESPONSE_NORMALIZATION", [x], shape, lrn)
        if isinstance(node, Concat):
            axis = Table("ConcatenationOptions", {"axis": len(shape) - 1})
            return self._operator("CONCATENATION", inputs, shape, axis)
        if isinstance(node, Slice):
            begin = np.array([*(0 for _ in shape[1:]), node.begin], np.int32)
            cut = [x, self._file.constant(begin), self._file.constant(np.array(shape, np.int32))]
            return self._operator("SLICE", cut, shape, Table("SliceOptions", {}))
        if isinstance(node, Shuffle):
            _, height, width, channels = shape
            parts = (1, height, width, node.group, channels // node.group)
            turned = (*parts[:3], parts[4], parts[3])
            return self._reshape(self._transpose(self._reshape(x, parts), (0, 1, 2, 4, 3), turned), shape)
        if isinstance(node, InnerProduct):
            return self._inner_product(node, x, params, activation)
        if isinstance(node, BatchNorm):
            mean, variance = params
            factor = 1 / np.sqrt(variance + np.float32(node.epsilon))
            return self._add(self._multiply(x, factor, shape), -mean * factor, shape)
        if isinstance(node, Scale):
            factor, *offset = params
            scaled = self._multiply(x, factor, shape)
            return self._add(scaled, offset[0], shape) if offset else scaled
        if isinstance(node, Softmax):
            return self._operator("SOFTMAX", [x], shape, Table("SoftmaxOptions", {"beta": 1.0}))
        return unknown_node(node, "LiteRT's writer")

    def _convolution(self, node: Convolution, x: int, params: list[Array], activation: int) -> int:
        weight, *bias = params
        channels = self._graph.shapes[node.inputs[0]][1]
        x, padding = self._padded(node, x)
        outputs = node.shape[1]
        values = {"padding": padding, **_stride(node), END: activation}
        if 1 < node.group == channels:
            name, filters, axis = "DEPTHWISE_CONV_2D", weight.transpose(1, 2, 3, 0), 3
            options = Table("DepthwiseConv2DOptions", {**values, "depth_multiplier": outputs // channels})
        else:
            name, filters, axis = "CONV_2D", weight.transpose(0, 2, 3, 1), 0
            options = Table("Conv2DOptions", values)
        inputs = [x, *self._affine(x, filters, bias[0] if bias else np.zeros(outputs, np.float32), axis)]
        return self._operator(name, inputs, stored(node.shape), options)

    def _inner_product(self, node: InnerProduct, x: int, params: list[Array], activation: int) -> int:
        weight, *bias = params
        _, *image = self._graph.shapes[node.inputs[0]]
        if len(image) == 3:  # the order in which Caffe flattens, to the one in which an image is stored here
            weight = weight.reshape(-1, *image).transpose(0, 2, 3, 1).reshape(weight.shape)
        x = self._reshape(x, (1, prod(image))) if len(image) == 3 else x
        inputs = [x, *self._affine(x, weight, bias[0] if bias else np.zeros(node.shape[1], np.float32), 0)]
        options = Table("FullyConnectedOptions", {END: activation})
        return self._operator("FULLY_CONNECTED", inputs, node.shape, options)

    def _pooling(self, node: Pooling, x: int) -> int:
        maximum = node.method == "max"
        # Caffe counts the padding's zeros, and TFLite's SAME doesn't: an average is padded beforehand.
        # The maximum of what is rectified is the same with zeros, and XNNPACK pads with nothing else.
        lowest = maximum and node.inputs[0] not in self._rectified
        x, padding = self._padded(node, x, lowest, same=maximum)
        rows, columns = node.kernel
        values = {"padding": padding, **_stride(node), "filter_width": columns, "filter_height": rows}
        options = Table("Pool2DOptions", values)
        return self._operator("MAX_POOL_2D" if maximum else "AVERAGE_POOL_2D", [x], stored(node.shape), options)

    def _padded(self, node: SlidingKernel, x: int, lowest: bool = False, same: bool = True) -> tuple[int, int]:
        """Return what the kernel slides over, and the padding that is left to do."""
        _, channels, height, width = self._graph.shapes[node.inputs[0]]
        rows, columns = node.padding((height, width))
        if not any((*rows, *columns)):
            return x, VALID
        if same and (rows, columns) == same_padding(node, (height, width)):
            return x, SAME
        shape = (1, height + sum(rows), width + sum(columns), channels)
        pads = self._file.constant(np.array([(0, 0), rows, columns, (0, 0)], np.int32))
        if not lowest:
            return self._operator("PAD", [x, pads], shape, Table("PadOptions", {}), x), VALID
        inputs = [x, pads, self._lowest(x)]
        return self._operator("PADV2", inputs, shape, Table("PadV2Options", {}), x), VALID

    def _clip(self, x: int, low: float, high: float, shape: Shape) -> int:
        if (low, high) in _CLIPS:
            return self._operator(_CLIPS[low, high], [x], shape)
        options = Table("MaximumMinimumOptions", {})
        above = self._operator("MAXIMUM", [x, self._constant(np.array(low))], shape, options)
        return self._operator("MINIMUM", [above, self._constant(np.array(high))], shape, options)

    def _multiply(self, x: int, factor: Any, shape: Shape) -> int:
        return self._operator("MUL", [x, self._constant(factor)], shape, Table("MulOptions", {}))

    def _add(self, x: int, summand: Any, shape: Shape, activation: int = NONE) -> int:
        return self._operator("ADD", [x, self._constant(summand)], shape, Table("AddOptions", {END: activation}))

    def _transpose(self, x: int, order: Shape, shape: Shape) -> int:
        inputs = [x, self._file.constant(np.array(order, np.int32))]
        return self._operator("TRANSPOSE", inputs, shape, Table("TransposeOptions", {}), x)

    def _reshape(self, x: int, shape: Shape) -> int:
        inputs = [x, self._file.constant(np.array(shape, np.int32))]
        return self._operator("RESHAPE", inputs, shape, Table("ReshapeOptions", {"new_shape": list(shape)}), x)

    def _affine(self, _x: int, filters: Array, bias: Array, _axis: int) -> list[int]:
        """Return the filters and the bias of what sees a tensor; the outputs are along an axis of the filters."""
        return [self._constant(filters), self._constant(bias)]

    def _lowest(self, _x: int) -> int:
        """Return the number below all others, to pad a tensor with."""
        return self._constant(_LOWEST)

    def _constant(self, array: Any) -> int:
        return self._file.constant(array.astype(np.float32))


_ACTIVATED = (Convolution, InnerProduct, Sum, Product)
"""What can end in a rectifier of its own."""


def _stride(node: SlidingKernel) -> dict[str, int]:
    return {"stride_w": node.stride[1], "stride_h": node.stride[0]}


def ending(node: AnyNode) -> int:
    """Return what an operator before this node may end in instead of it."""
    if isinstance(node, ReLU):
        return RELU
    if isinstance(node, Clip) and (node.low, node.high) == (0, 6):
        return RELU6
    return NONE


def stored(shape: Shape) -> Shape:
    """Return a tensor's shape within, from that in the graph."""
    return (shape[0], *shape[2:], shape[1])
