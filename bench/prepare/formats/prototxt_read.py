"""Reads a Caffe prototxt, of today's V2 format or the older V1, as a neutral graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import text_format

from bench.errors import UserError
from bench.prepare.formats.caffe_schema import V2_TYPE, NetParameter
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import Pair


def read_prototxt(prototxt: Path, name: str) -> Graph:
    """Read a deploy.prototxt.

    Parameters
    ----------
    prototxt : Path
        A network for inference, which has an input and no data or loss layers. Its batch size does not matter.
    name : str
        What to call the graph.

    Returns
    -------
    Graph
        Always with a softmax at its end (`GraphBuilder.build`).

    Raises
    ------
    UserError
        If the file can't be read, or holds a layer that is not understood.
    """
    try:
        net = text_format.Parse(prototxt.read_text(encoding="utf-8"), NetParameter(), allow_unknown_field=True)
        return _graph(net, name)
    except (OSError, UnicodeDecodeError, text_format.ParseError, ValueError) as error:
        raise UserError(f"{prototxt} can't be used ({error}); take the model's published deploy.prototxt") from error


def _graph(net: Any, name: str) -> Graph:
    layers = [(layer, layer.type) for layer in net.layer] + [(layer, _v2_type(layer)) for layer in net.layers]
    shapes = [shape.dim for shape in net.input_shape] or [net.input_dim]
    inputs = [(top, shapes[0]) for top in net.input]
    inputs += [
        (top, shape.dim)
        for layer, type in layers
        if type == "Input"
        for top, shape in zip(layer.top, layer.input_param.shape)
    ]
    if len(inputs) != 1 or len(inputs[0][1]) != 4 or inputs[0][1][1] != 3:
        raise ValueError("a network has one input of 4 dimensions, 3 channels among them, given in the file")
    top, (_, _, height, width) = inputs[0]
    builder = GraphBuilder(name, top, height, width)
    tensors = {top: top}
    for layer, type in layers:
        if type in ("Input", "Dropout"):
            # Dropout passes its input on at inference.
            tensors.update(zip(layer.top, (tensors.get(blob, blob) for blob in layer.bottom)))
            continue
        if type not in _LAYERS:
            raise ValueError(f"{layer.name}: a layer of type {type} is not understood")
        _require(layer, bool(layer.bottom) and len(layer.top) == 1, "anything but some inputs and one output")
        # A later layer may overwrite a blob in place; from then on the blob's name means that layer's tensor.
        tensors[layer.top[0]] = _LAYERS[type](builder, layer, [tensors.get(blob, blob) for blob in layer.bottom])
    return builder.build()


def _v2_type(layer: Any) -> str:
    type: str = layer.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number[layer.type].name
    return V2_TYPE.get(type, type)


def _convolution(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.convolution_param
    _require(layer, all(size == 1 for size in param.dilation) and param.axis == 1, "dilation or another axis")
    return builder.convolution(
        layer.name,
        inputs[0],
        param.num_output,
        kernel=_pair(param, "kernel_size", "kernel", 0),
        stride=_pair(param, "stride", "stride", 1),
        pad=_pair(param, "pad", "pad", 0),
        group=param.group,
        bias=param.bias_term,
    )


def _pooling(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.pooling_param
    _require(layer, param.pool in (0, 1), "stochastic pooling")
    _require(layer, param.round_mode == 0, "rounding down")
    return builder.pooling(
        layer.name,
        inputs[0],
        "average" if param.pool else "max",
        kernel=None if param.global_pooling else _pair(param, "kernel_size", "kernel", 0),
        stride=_pair(param, "stride", "stride", 1),
        pad=_pair(param, "pad", "pad", 0),
    )


def _lrn(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.lrn_param
    _require(layer, param.norm_region == 0, "normalisation within a channel")
    # OpenCV 4 ignores k.
    _require(layer, param.k == 1, "a constant k other than 1")
    return builder.lrn(layer.name, inputs[0], param.local_size, _decimal(param.alpha), _decimal(param.beta))


def _relu(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    _require(layer, layer.relu_param.negative_slope == 0, "a negative slope")
    return builder.relu(layer.name, inputs[0])


def _concat(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    _require(layer, layer.concat_param.axis == layer.concat_param.concat_dim == 1, "an axis other than the channels")
    return builder.concat(layer.name, inputs)


def _inner_product(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.inner_product_param
    _require(layer, param.axis == 1 and not param.transpose, "another axis or transposed weights")
    return builder.inner_product(layer.name, inputs[0], param.num_output, param.bias_term)


def _batch_norm(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    return builder.batch_norm(layer.name, inputs[0], _decimal(layer.batch_norm_param.eps))


def _scale(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.scale_param
    _require(layer, len(inputs) == 1 and param.axis == param.num_axes == 1, "anything but one factor for each channel")
    return builder.scale(layer.name, inputs[0], param.bias_term)


def _softmax(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    _require(layer, layer.softmax_param.axis == 1, "an axis other than the channels")
    return builder.softmax(layer.name, inputs[0])


_LAYERS: dict[str, Callable[[GraphBuilder, Any, Sequence[str]], str]] = {
    "BatchNorm": _batch_norm,
    "Concat": _concat,
    "Convolution": _convolution,
    "InnerProduct": _inner_product,
    "LRN": _lrn,
    "Pooling": _pooling,
    "ReLU": _relu,
    "Scale": _scale,
    "Softmax": _softmax,
}


def _require(layer: Any, holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(f"{layer.name}: {otherwise} is not understood")


def _pair(param: Any, field: str, prefix: str, default: int) -> Pair:
    """Return a (height, width), which Caffe spells as one number, one for each axis, or two fields _h and _w."""
    if param.HasField(f"{prefix}_h") or param.HasField(f"{prefix}_w"):
        return getattr(param, f"{prefix}_h"), getattr(param, f"{prefix}_w")
    value = getattr(param, field)
    sizes = [value] if isinstance(value, int) else list(value) or [default]
    return sizes[0], sizes[-1]


def _decimal(value: float) -> float:
    """Return the number that was written: a float32 field gives 0.0001 back as 0.0000999999974."""
    return float(str(np.float32(value)))
