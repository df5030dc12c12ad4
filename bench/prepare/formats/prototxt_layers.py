"""The layers of Caffe's that a network for inference has, each as an operation of the neutral graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.nodes import Pair

Add = Callable[[GraphBuilder, Any, Sequence[str]], str]
"""Adds a layer, which reads the tensors of these names, to a graph; returns the name of the tensor that it makes.

It raises ValueError, naming the layer, for what would be computed otherwise than Caffe does.
"""


def _convolution(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.convolution_param
    require(layer, all(size == 1 for size in param.dilation) and param.axis == 1, "dilation or another axis")
    require(layer, param.group > 0 and param.num_output > 0, "no output, or no group,")
    kernel, stride = _pair(param, "kernel_size", "kernel", 0), _pair(param, "stride", "stride", 1)
    _at_least_one(layer, kernel, stride)
    return builder.convolution(
        layer.name,
        inputs[0],
        param.num_output,
        kernel=kernel,
        stride=stride,
        pad=_pair(param, "pad", "pad", 0),
        group=param.group,
        bias=param.bias_term,
    )


def _pooling(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.pooling_param
    require(layer, param.pool in (0, 1), "stochastic pooling")
    require(layer, param.round_mode == 0, "rounding down")
    kernel = None if param.global_pooling else _pair(param, "kernel_size", "kernel", 0)
    stride = _pair(param, "stride", "stride", 1)
    _at_least_one(layer, kernel or (1, 1), stride)
    return builder.pooling(
        layer.name,
        inputs[0],
        "average" if param.pool else "max",
        kernel=kernel,
        stride=stride,
        pad=_pair(param, "pad", "pad", 0),
    )


def _lrn(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.lrn_param
    require(layer, param.norm_region == 0, "normalisation within a channel")
    # OpenCV 4 ignores k.
    require(layer, param.k == 1, "a constant k other than 1")
    require(layer, math.isfinite(param.alpha) and math.isfinite(param.beta), "an alpha or a beta that is not finite")
    return builder.lrn(layer.name, inputs[0], param.local_size, _decimal(param.alpha), _decimal(param.beta))


def _relu(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    require(layer, layer.relu_param.negative_slope == 0, "a negative slope")
    return builder.relu(layer.name, inputs[0])


def _concat(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    require(layer, layer.concat_param.axis == layer.concat_param.concat_dim == 1, "an axis other than the channels")
    return builder.concat(layer.name, inputs)


def _inner_product(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.inner_product_param
    require(layer, param.axis == 1 and not param.transpose, "another axis or transposed weights")
    return builder.inner_product(layer.name, inputs[0], param.num_output, param.bias_term)


def _batch_norm(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    require(layer, layer.batch_norm_param.use_global_stats, "use_global_stats: false, a picture's own statistics,")
    require(layer, math.isfinite(layer.batch_norm_param.eps), "an eps that is not finite")
    return builder.batch_norm(layer.name, inputs[0], _decimal(layer.batch_norm_param.eps))


def _scale(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    param = layer.scale_param
    require(layer, param.axis == param.num_axes == 1, "anything but one factor for each channel")
    return builder.scale(layer.name, inputs[0], param.bias_term)


def _softmax(builder: GraphBuilder, layer: Any, inputs: Sequence[str]) -> str:
    require(layer, layer.softmax_param.axis == 1, "an axis other than the channels")
    return builder.softmax(layer.name, inputs[0])


LAYERS: dict[str, Add] = {
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
"""How a layer of each type is added."""


def require(layer: Any, holds: bool, otherwise: str) -> None:
    """Raise ValueError that names a layer and what about it is not understood, unless this holds."""
    if not holds:
        raise ValueError(f"{layer.name}: {otherwise} is not understood")


def _pair(param: Any, field: str, prefix: str, default: int) -> Pair:
    """Return a (height, width), which Caffe spells as one number, one for each axis, or two fields _h and _w."""
    if param.HasField(f"{prefix}_h") or param.HasField(f"{prefix}_w"):
        return getattr(param, f"{prefix}_h"), getattr(param, f"{prefix}_w")
    value = getattr(param, field)
    sizes = [value] if isinstance(value, int) else list(value) or [default]
    return sizes[0], sizes[-1]


def _at_least_one(layer: Any, *pairs: Pair) -> None:
    require(layer, all(min(pair) > 0 for pair in pairs), "a kernel or a stride of 0")


def _decimal(value: float) -> float:
    """Return the number that was written: a float32 field gives 0.0001 back as 0.0000999999974."""
    return float(str(np.float32(value)))
