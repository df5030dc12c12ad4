"""Writes a neutral graph as a Caffe prototxt of the V2 format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from bench.prepare.formats.caffe_schema import NetParameter
from bench.prepare.network.graph import Graph
from bench.prepare.network.kernels import convolved_size, pads_alike, pooled_size
from bench.prepare.network.nodes import (
    LRN,
    AnyNode,
    BatchNorm,
    Clip,
    Concat,
    Convolution,
    FormError,
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


def write_prototxt(path: Path, graph: Graph) -> None:
    """Write a deploy.prototxt: the input as a layer, batch size 1, and what Caffe can do in place done in place.

    `prototxt_read.read_prototxt` makes the same graph of it, where it knows the layers.

    Raises
    ------
    FormError
        If Caffe has no layer that is exactly the same as one of the graph's nodes.
    """
    net = NetParameter(name=graph.name)
    net.layer.add(name=graph.input, type="Input", top=[graph.input]).input_param.shape.add(dim=graph.input_shape)
    blobs, shapes = _blobs(graph), graph.shapes
    for node in graph.nodes:
        layer = net.layer.add(name=node.name, type=node.op, top=[blobs[node.name]])
        layer.bottom.extend(blobs[input] for input in node.inputs)
        _write_layer(layer, node, [shapes[input] for input in node.inputs])
    path.write_text(text_format.MessageToString(net), encoding="utf-8")


def _blobs(graph: Graph) -> dict[str, str]:
    """Return the blob that holds each tensor.

    An element-wise node overwrites its input where nobody else reads it, as in the published files: a blob of its own
    would cost Caffe memory and time.
    """
    readers = Counter(input for node in graph.nodes for input in node.inputs)
    blobs = {graph.input: graph.input}
    for node in graph.nodes:
        in_place = isinstance(node, (ReLU, BatchNorm, Scale)) and readers[node.inputs[0]] == 1
        blobs[node.name] = blobs[node.inputs[0]] if in_place and node.inputs[0] != graph.input else node.name
    return blobs


def _write_layer(layer: Any, node: AnyNode, inputs: list[Shape]) -> None:
    """Write a layer's parameters, and its type where Caffe calls it otherwise."""
    if isinstance(node, Convolution):
        if not pads_alike(node, (inputs[0][2], inputs[0][3])):
            raise FormError(f"Caffe pads both sides of an image alike, unlike {node.name}")
        layer.convolution_param.num_output = node.shape[1]
        layer.convolution_param.bias_term = f"{node.name}.bias" in node.params
        layer.convolution_param.group = node.group
        _write_window(layer.convolution_param, node)
    elif isinstance(node, Pooling):
        layer.pooling_param.pool = {"max": 0, "average": 1}[node.method]
        _write_window(layer.pooling_param, node)
        counts = {rule: _counts(node, inputs[0], rule) for rule in (pooled_size, convolved_size)}
        if node.shape[2:] not in counts.values():
            raise FormError(f"Caffe pools at another number of positions than {node.name}")
        if node.shape[2:] != counts[pooled_size]:
            layer.pooling_param.round_mode = 1
    elif isinstance(node, LRN):
        layer.lrn_param.local_size = node.size
        layer.lrn_param.alpha = node.alpha
        layer.lrn_param.beta = node.beta
    elif isinstance(node, InnerProduct):
        layer.inner_product_param.num_output = node.shape[1]
        layer.inner_product_param.bias_term = f"{node.name}.bias" in node.params
    elif isinstance(node, BatchNorm):
        layer.batch_norm_param.use_global_stats = True
        layer.batch_norm_param.eps = node.epsilon
    elif isinstance(node, Scale):
        layer.scale_param.bias_term = f"{node.name}.bias" in node.params
    elif isinstance(node, (Sum, Product)):
        if inputs[1] != inputs[0]:
            raise FormError(f"Caffe has no {node.op.lower()} of an image and one number for each channel ({node.name})")
        layer.type = "Eltwise"
        layer.eltwise_param.operation = {"Product": 0, "Sum": 1}[node.op]
    elif isinstance(node, Clip):
        raise FormError(f"Caffe has no {'ReLU6' if (node.low, node.high) == (0, 6) else 'Clip'}")
    elif isinstance(node, (HardSigmoid, HardSwish, Slice, Shuffle)):
        raise FormError(f"Caffe has no {_WORDS[node.op]}")
    elif not isinstance(node, (ReLU, Sigmoid, Concat, Softmax)):  # which have no parameters
        unknown_node(node, "Caffe's writer")


_WORDS = {
    "HardSigmoid": "hard sigmoid",
    "HardSwish": "hard swish",
    "Slice": "cut of some channels",
    "Shuffle": "shuffle of channels",
}


def _counts(node: Pooling, image: Shape, rule: Callable[[int, int, int, int], int]) -> Shape:
    return tuple(rule(image[axis + 2], node.kernel[axis], node.stride[axis], node.pad[axis]) for axis in range(2))


def _write_window(param: Any, node: Convolution | Pooling) -> None:
    for field in ("kernel", "stride", "pad"):
        height, width = getattr(node, field)
        setattr(param, f"{field}_h", height)
        setattr(param, f"{field}_w", width)
