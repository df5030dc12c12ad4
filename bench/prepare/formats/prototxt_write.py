"""Writes a neutral graph as a Caffe prototxt of the V2 format."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from bench.prepare.formats.caffe_schema import NetParameter
from bench.prepare.network.graph import (
    LRN,
    AnyNode,
    BatchNorm,
    Convolution,
    Graph,
    InnerProduct,
    Pooling,
    ReLU,
    Scale,
)


def write_prototxt(path: Path, graph: Graph) -> None:
    """Write a deploy.prototxt: the input as a layer, batch size 1, and what Caffe can do in place done in place.

    `prototxt_read.read_prototxt` makes the same graph of it.
    """
    net = NetParameter(name=graph.name)
    net.layer.add(name=graph.input, type="Input", top=[graph.input]).input_param.shape.add(dim=graph.input_shape)
    blobs = _blobs(graph)
    for node in graph.nodes:
        layer = net.layer.add(name=node.name, type=node.op, top=[blobs[node.name]])
        layer.bottom.extend(blobs[input] for input in node.inputs)
        _write_parameters(layer, node)
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


def _write_parameters(layer: Any, node: AnyNode) -> None:
    if isinstance(node, Convolution):
        layer.convolution_param.num_output = node.shape[1]
        layer.convolution_param.bias_term = f"{node.name}.bias" in node.params
        layer.convolution_param.group = node.group
        _write_window(layer.convolution_param, node)
    elif isinstance(node, Pooling):
        layer.pooling_param.pool = {"max": 0, "average": 1}[node.method]
        _write_window(layer.pooling_param, node)
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


def _write_window(param: Any, node: Convolution | Pooling) -> None:
    for field in ("kernel", "stride", "pad"):
        height, width = getattr(node, field)
        setattr(param, f"{field}_h", height)
        setattr(param, f"{field}_w", width)
