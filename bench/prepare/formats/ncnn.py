"""Writes a neutral graph and its arrays as ncnn's two files: model.param, the layers in text, and model.bin.

The format, and what each layer's numbered options mean: https://github.com/Tencent/ncnn/wiki/operators and
https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Optional, Union

import numpy as np
from numpy.typing import NDArray

from bench.prepare.network.graph import Graph
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

PARAM, BIN = "model.param", "model.bin"
INPUT, OUTPUT = "in", "out"
"""Names of the input's and the output's blob; all others are numbers, because the format has no room for any name."""

Array = NDArray[np.float32]
Options = Mapping[int, Union[float, str]]

_MAGIC = 7767517
_FLOAT32 = b"\0\0\0\0"
"""Before an array that could as well be stored in another type."""

_ACTIVATING = ("Convolution", "ConvolutionDepthWise", "InnerProduct")
_ACTIVATION, _ACTIVATION_NUMBERS = 9, -23310


class _Layer(NamedTuple):
    type: str
    inputs: tuple[str, ...]
    options: Options
    data: bytes = b""


def write_ncnn(folder: Path, graph: Graph, weights: Mapping[str, Array]) -> None:
    """Write both files into a folder.

    An activation is written as part of the convolution or inner product before it, if nothing else uses that: ncnn's
    own converter does so, and ncnn does not when it loads.
    """
    shapes, uses = graph.shapes, Counter(name for node in graph.nodes for name in node.inputs)
    layers = {graph.input: _Layer("Input", (), {})}
    for node in graph.nodes:
        first = node.inputs[0]
        before, activation = layers[first], _activation(node)
        if activation and before.type in _ACTIVATING and _ACTIVATION not in before.options and uses[first] == 1:
            del layers[first]
            layers[node.name] = before._replace(options={**before.options, **activation})
        else:
            layers[node.name] = _layer(node, shapes[first], [weights[param] for param in node.params])
    lines = list(_lines(graph, layers))
    blobs = sum(int(line.split()[3]) for line in lines)
    (folder / PARAM).write_text("\n".join([str(_MAGIC), f"{len(lines)} {blobs}", *lines, ""]), encoding="ascii")
    (folder / BIN).write_bytes(b"".join(layer.data for layer in layers.values()))


def _lines(graph: Graph, layers: Mapping[str, _Layer]) -> Iterator[str]:
    """Yield `TYPE NAME INPUTS OUTPUTS in… out… option=value…` of each layer; a blob has one reader, or is split."""
    blobs = {**{name: str(number) for number, name in enumerate(layers)}, graph.input: INPUT, graph.output: OUTPUT}
    readers = Counter(name for layer in layers.values() for name in layer.inputs)
    read: Counter[str] = Counter()
    for name, layer in layers.items():
        inputs = []
        for source in layer.inputs:
            inputs.append(blobs[source] if readers[source] == 1 else f"{blobs[source]}.{read[source]}")
            read[source] += 1
        options = [f"{option}={value}" for option, value in layer.options.items()]
        yield " ".join([layer.type, blobs[name], str(len(inputs)), "1", *inputs, blobs[name], *options])
        if readers[name] > 1:
            copies = [f"{blobs[name]}.{reader}" for reader in range(readers[name])]
            yield " ".join(["Split", f"split.{blobs[name]}", "1", str(len(copies)), blobs[name], *copies])


def _activation(node: AnyNode) -> Optional[Options]:
    """Return the options that make a node the end of the layer before it; None if there are none."""
    if isinstance(node, ReLU):
        return {_ACTIVATION: 1}
    if isinstance(node, Clip):
        return {_ACTIVATION: 3, _ACTIVATION_NUMBERS: f"2,{node.low},{node.high}"}
    if isinstance(node, Sigmoid):
        return {_ACTIVATION: 4}
    if isinstance(node, HardSwish):
        return {_ACTIVATION: 6, _ACTIVATION_NUMBERS: f"2,{1 / 6},{1 / 2}"}
    return None


def _layer(node: AnyNode, image: Shape, params: list[Array]) -> _Layer:
    inputs, data = node.inputs, b"".join(array.astype("<f4").tobytes() for array in params)
    if isinstance(node, Convolution):
        (top, bottom), (left, right) = node.padding((image[2], image[3]))
        geometry = {1: node.kernel[1], 11: node.kernel[0], 3: node.stride[1], 13: node.stride[0]}
        pads = {4: left, 14: top, 15: right, 16: bottom}
        options = {0: node.shape[1], **geometry, **pads, 5: len(params) - 1, 6: params[0].size}
        if node.group == 1:
            return _Layer("Convolution", inputs, options, _FLOAT32 + data)
        return _Layer("ConvolutionDepthWise", inputs, {**options, 7: node.group}, _FLOAT32 + data)
    if isinstance(node, Pooling):
        (top, bottom), (left, right) = node.padding((image[2], image[3]))
        geometry = {1: node.kernel[1], 11: node.kernel[0], 2: node.stride[1], 12: node.stride[0]}
        pads = {3: left, 13: top, 14: right, 15: bottom}
        # 5=1: only kernels that fit into this padding. 6=1: an average counts it.
        return _Layer("Pooling", inputs, {0: int(node.method == "average"), **geometry, **pads, 5: 1, 6: 1})
    if isinstance(node, ReLU):
        return _Layer("ReLU", inputs, {})
    if isinstance(node, Clip):
        return _Layer("Clip", inputs, {0: node.low, 1: node.high})
    if isinstance(node, Sigmoid):
        return _Layer("Sigmoid", inputs, {})
    if isinstance(node, HardSigmoid):
        return _Layer("HardSigmoid", inputs, {0: node.alpha, 1: node.beta})
    if isinstance(node, HardSwish):
        return _Layer("HardSwish", inputs, {0: 1 / 6, 1: 1 / 2})
    if isinstance(node, Sum):
        return _Layer("BinaryOp", inputs, {0: 0})
    if isinstance(node, Product):
        return _Layer("BinaryOp", inputs, {0: 2})
    if isinstance(node, LRN):
        return _Layer("LRN", inputs, {0: 0, 1: node.size, 2: node.alpha, 3: node.beta})
    if isinstance(node, Concat):
        return _Layer("Concat", inputs, {0: 0})
    if isinstance(node, Slice):
        return _Layer("Crop", inputs, {-23309: f"1,{node.begin}", -23310: f"1,{node.end}", -23311: "1,0"})
    if isinstance(node, Shuffle):
        return _Layer("ShuffleChannel", inputs, {0: node.group})
    if isinstance(node, InnerProduct):
        return _Layer(
            "InnerProduct", inputs, {0: node.shape[1], 1: len(params) - 1, 2: params[0].size}, _FLOAT32 + data
        )
    if isinstance(node, BatchNorm):
        mean, variance = params
        data = np.concatenate([np.ones_like(mean), mean, variance, np.zeros_like(mean)]).astype("<f4").tobytes()
        return _Layer("BatchNorm", inputs, {0: node.shape[1], 1: node.epsilon}, data)
    if isinstance(node, Scale):
        return _Layer("Scale", inputs, {0: node.shape[1], 1: len(params) - 1}, data)
    if isinstance(node, Softmax):
        return _Layer("Softmax", inputs, {0: 0, 1: 1})
    return unknown_node(node, "ncnn's writer")
