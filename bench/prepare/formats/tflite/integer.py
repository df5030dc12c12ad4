"""Writes a neutral graph and its arrays as a TFLite file that computes in int8, as LiteRT's own specification has it.

https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec: activations are int8 with one
scale and zero for each tensor, weights int8 around zero with a scale for each output, biases int32.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bench.prepare.formats.tflite.flatbuffer import Numbers, Table
from bench.prepare.formats.tflite.write import Array, Writer, stored
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import (
    AnyNode,
    Clip,
    Concat,
    Convolution,
    HardSwish,
    InnerProduct,
    Pooling,
    Product,
    ReLU,
    Shuffle,
    Slice,
    Sum,
)
from bench.prepare.network.weights import Weights

Range = tuple[float, float]
"""Smallest and largest value of a tensor."""

_INTEGER = (Clip, Concat, Convolution, HardSwish, InnerProduct, Pooling, Product, ReLU, Shuffle, Slice, Sum)
"""What is computed in int8; all else in float32 between DEQUANTIZE and QUANTIZE."""

_LOWEST, _HIGHEST = -128, 127
_BIAS_MAX = 2.0**30
"""Of a bias in its integer steps: with what is added to it, it stays within int32."""


def write_integer_tflite(path: Path, graph: Graph, weights: Weights, ranges: Mapping[str, Range]) -> None:
    """Write a network from float32 (1, 3, height, width) to float32 (1, classes), which computes in int8 between them.

    Parameters
    ----------
    graph, weights
        With batch normalisation folded.
    ranges : mapping
        Of the input and of what each node makes.
    """
    path.write_bytes(_IntegerWriter(graph, weights, ranges).write({}))


class _IntegerWriter(Writer):
    def __init__(self, graph: Graph, weights: Weights, ranges: Mapping[str, Range]) -> None:
        super().__init__(graph, weights)
        self._of = _scales(graph, ranges)

    def _image(self, blob: int) -> int:
        numbers = self._of[self._graph.input]
        return super()._image(self._file.operator("QUANTIZE", [blob], self._graph.input_shape, None, numbers))

    def _made(self, node: AnyNode, activation: int, name: str) -> int:
        self._numbers = self._of[name]
        if isinstance(node, _INTEGER) and (not isinstance(node, Clip) or node.low == 0):
            return self._node(node, activation)
        inputs = {each: self._tensors[each] for each in node.inputs}
        self._numbers = None
        for each, tensor in inputs.items():
            self._tensors[each] = self._file.operator("DEQUANTIZE", [tensor], stored(self._graph.shapes[each]))
        found = self._node(node, activation)
        self._tensors.update(inputs)
        if name == self._graph.output:
            return found
        return self._file.operator("QUANTIZE", [found], stored(node.shape), None, self._of[name])

    def _pooling(self, node: Pooling, x: int) -> int:
        if not _is_mean(node, self._graph):
            return super()._pooling(node, x)
        # Unlike AVERAGE_POOL_2D, it may have another scale than its input, of which a mean takes a part only.
        axes = self._file.constant(np.array([1, 2], np.int32))
        return self._operator("MEAN", [x, axes], stored(node.shape), Table("ReducerOptions", {"keep_dims": True}))

    def _affine(self, x: int, filters: Array, bias: Array, axis: int) -> list[int]:
        (step,) = self._file.numbers(x).scale  # type: ignore[union-attr]
        others = tuple(other for other in range(filters.ndim) if other != axis)
        scale = np.abs(filters).max(axis=others).astype(np.float64) / _HIGHEST
        scale = np.maximum(scale, np.abs(bias) / (step * _BIAS_MAX))
        scale[scale == 0] = 1.0
        scale = scale.astype(np.float32)
        along = [-1 if other == axis else 1 for other in range(filters.ndim)]
        integers = np.clip(np.rint(filters / scale.reshape(along)), -_HIGHEST, _HIGHEST).astype(np.int8)
        steps = (np.float32(step) * scale).astype(np.float32)
        zero = (0,) * len(scale)
        return [
            self._file.constant(integers, Numbers(tuple(scale.tolist()), zero, axis)),
            self._file.constant(
                np.rint(bias / steps.astype(np.float64)).astype(np.int32), Numbers(tuple(steps.tolist()), zero)
            ),
        ]

    def _lowest(self, x: int) -> int:
        numbers = self._file.numbers(x)
        return super()._lowest(x) if numbers is None else self._file.constant(np.array(_LOWEST, np.int8), numbers)


def _is_mean(node: Pooling, graph: Graph) -> bool:
    return node.method == "average" and node.shape[2:] == (1, 1) and node.kernel == graph.shapes[node.inputs[0]][2:]


def _scales(graph: Graph, ranges: Mapping[str, Range]) -> dict[str, Numbers]:
    """Return what each tensor's integers stand for: the same where an operator only moves or chooses them."""
    alike = {name: name for name in graph.shapes}

    def root(name: str) -> str:
        while alike[name] != name:
            name = alike[name]
        return name

    for node in graph.nodes:
        if isinstance(node, (Concat, Pooling, Shuffle, Slice)) and not (
            isinstance(node, Pooling) and _is_mean(node, graph)
        ):
            for name in node.inputs:
                alike[root(name)] = root(node.name)
    groups: dict[str, list[Range]] = {}
    for name in graph.shapes:
        groups.setdefault(root(name), []).append(ranges[name])
    found = {
        name: _numbers(min(low for low, _ in group), max(high for _, high in group)) for name, group in groups.items()
    }
    return {name: found[root(name)] for name in graph.shapes}


def _numbers(low: float, high: float) -> Numbers:
    """Return the finest steps of int8 that span a range and have an exact zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = float(np.float32((high - low) / (_HIGHEST - _LOWEST) or 1.0))
    return Numbers((scale,), (int(np.clip(np.rint(_LOWEST - low / scale), _LOWEST, _HIGHEST)),))
