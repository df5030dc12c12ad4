"""ONNX's operators that compute number by number, channel by channel, or over all channels."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, prod

import numpy as np
import numpy.typing as npt
from onnx import NodeProto

from bench.prepare.formats.onnx.translation import Tensor, Translation, attributes, require

Array = npt.NDArray[np.float32]


def relu(net: Translation, node: NodeProto) -> None:
    """Relu."""
    _each(net, node, net.builder.relu)


def sigmoid(net: Translation, node: NodeProto) -> None:
    """Sigmoid."""
    _each(net, node, net.builder.sigmoid)


def hard_swish(net: Translation, node: NodeProto) -> None:
    """HardSwish."""
    _each(net, node, net.builder.hard_swish)


def hard_sigmoid(net: Translation, node: NodeProto) -> None:
    """HardSigmoid."""
    options = attributes(node)
    alpha, beta = _decimal(options.get("alpha", 0.2)), _decimal(options.get("beta", 0.5))
    _each(net, node, lambda name, input: net.builder.hard_sigmoid(name, input, alpha, beta))


def clip(net: Translation, node: NodeProto) -> None:
    """Clip, which is a rectifier if it has no upper end."""
    bounds = [net.setting(node, name, index) for index, name in enumerate(("min", "max"), start=1)]
    low, high = (float(np.ravel(end if bound is None else bound)[0]) for bound, end in zip(bounds, (-inf, inf)))
    if low == 0 and high > 3e38:
        return relu(net, node)
    return _each(net, node, lambda name, input: net.builder.clip(name, input, low, high))


def lrn(net: Translation, node: NodeProto) -> None:
    """LRN."""
    options = attributes(node)
    require(options.get("bias", 1.0) == 1, f"its bias is {options.get('bias')}, not 1")
    alpha, beta = _decimal(options.get("alpha", 1e-4)), _decimal(options.get("beta", 0.75))
    name = net.name(node)
    net.put(node, net.builder.lrn(name, net.image(node).name, options["size"], alpha, beta))


def softmax(net: Translation, node: NodeProto) -> None:
    """Softmax over the channels of one position."""
    tensor = net.plain(node)
    rank = len(tensor.shape)
    axis = attributes(node).get("axis", -1 if net.opset >= 13 else 1) % rank
    require(axis == 1 and prod(tensor.shape) == tensor.shape[1], f"it works along axis {axis} of {tensor.shape}")
    name = net.name(node)
    net.put(node, net.builder.softmax(name, tensor.name), tensor.shape)


def batch_norm(net: Translation, node: NodeProto) -> None:
    """BatchNormalization by stored statistics."""
    tensor, options = net.image(node), attributes(node)
    require(not options.get("training_mode", 0) and options.get("spatial", 1) == 1, "it is made for training")
    channels = tensor.shape[1:2]
    weight, bias, mean, variance = (net.array(node, index, channels) for index in range(1, 5))
    name = net.name(node, "/norm")
    net.builder.batch_norm(name, tensor.name, _decimal(options.get("epsilon", 1e-5)))
    net.weights.update({f"{name}.mean": mean, f"{name}.variance": variance})
    _scale(net, node, Tensor(name, tensor.shape), weight, bias)


def gemm(net: Translation, node: NodeProto) -> None:
    """Gemm, a fully connected layer."""
    options = attributes(node)
    require(not options.get("transA", 0), "it transposes its input")
    weight = net.array(node, 1)
    require(weight.ndim == 2, f"its weights are {weight.shape}")
    weight = weight if options.get("transB", 0) else weight.T
    bias = net.constant(node, 2)
    summand = None if bias is None else np.broadcast_to(net.array(node, 2), (1, len(weight)))[0]
    alpha, beta = np.float32(options.get("alpha", 1.0)), np.float32(options.get("beta", 1.0))
    _inner_product(net, node, weight * alpha, None if summand is None else summand * beta)


def matmul(net: Translation, node: NodeProto) -> None:
    """MatMul with a constant, a fully connected layer without a bias."""
    weight = net.array(node, 1)
    require(weight.ndim == 2, f"its weights are {weight.shape}")
    _inner_product(net, node, weight.T, None)


def reduce_mean(net: Translation, node: NodeProto) -> None:
    """ReduceMean over the plane, which is global average pooling."""
    tensor = net.image(node)
    axes = net.setting(node, "axes", 1)
    plane = len(tensor.shape) == 4 and axes is not None and {axis % 4 for axis in axes} == {2, 3}
    require(plane, f"it averages over the axes {axes} of {tensor.shape}, not the plane")
    keep = attributes(node).get("keepdims", 1)
    name = net.builder.pooling(net.name(node), tensor.name, "average")
    net.put(node, name, None if keep else tensor.shape[:2])


def global_average(net: Translation, node: NodeProto) -> None:
    """GlobalAveragePool."""
    name = net.name(node)
    net.put(node, net.builder.pooling(name, net.image(node).name, "average"))


def add(net: Translation, node: NodeProto) -> None:
    """Add and Sum: of tensors, or of a constant for each channel."""
    _both(net, node, net.builder.sum, lambda value: (np.ones_like(value), value))


def multiply(net: Translation, node: NodeProto) -> None:
    """Mul of two tensors, or by a constant for each channel."""
    _both(net, node, net.builder.product, lambda value: (value, None))


def subtract(net: Translation, node: NodeProto) -> None:
    """Sub of a constant for each channel, or from one."""
    if node.input[0] in net.constants:
        _affine(net, node, 1, lambda value: (-np.ones_like(value), value))
    else:
        _affine(net, node, 0, lambda value: (np.ones_like(value), -value))


def divide(net: Translation, node: NodeProto) -> None:
    """Div by a constant for each channel."""
    _affine(net, node, 0, lambda value: (np.reciprocal(value), None))


Affine = Callable[[Array], tuple[Array, "Array | None"]]
"""The factor and the summand that a constant stands for."""


def _both(net: Translation, node: NodeProto, build: Callable[[str, str, str], str], affine: Affine) -> None:
    constant = [index for index, value in enumerate(node.input) if value in net.constants]
    if constant:
        require(len(node.input) == 2, "it has more than two inputs, with a constant among them")
        return _affine(net, node, 1 - constant[0], affine)
    first, *others = (net.plain(node, index) for index in range(len(node.input)))
    for other in others:
        if prod(first.shape) < prod(other.shape):
            first, other = other, first
        require(len(first.shape) == len(other.shape), f"it joins {first.shape} and {other.shape}")
        first = Tensor(build(net.name(node), first.name, other.name), first.shape)
    net.tensors[node.output[0]] = first
    return None


def _affine(net: Translation, node: NodeProto, index: int, affine: Affine) -> None:
    tensor = net.plain(node, index)
    channels = net.builder.shapes[tensor.name][1]
    value = net.array(node, 1 - index)
    require(value.ndim <= len(tensor.shape), f"it joins {tensor.shape} and {value.shape}")
    shape = (*(1 for _ in range(len(tensor.shape) - value.ndim)), *value.shape)
    one_each = tensor.shape[1] == channels and shape == (1, channels, *(1 for _ in shape[2:]))
    require(value.size == 1 or one_each, f"it joins {tensor.shape} and {value.shape}, not a number for each channel")
    factor, summand = affine(np.array(np.broadcast_to(value.reshape(-1), channels), np.float32))
    require(bool(np.isfinite(factor).all()), "it divides by zero")
    _scale(net, node, tensor, factor, summand)


def _scale(net: Translation, node: NodeProto, tensor: Tensor, factor: Array, summand: Array | None) -> None:
    name = net.builder.scale(net.name(node), tensor.name, summand is not None)
    net.weights[f"{name}.weight"] = factor
    if summand is not None:
        net.weights[f"{name}.bias"] = summand
    net.put(node, name, tensor.shape)


def _inner_product(net: Translation, node: NodeProto, weight: Array, bias: Array | None) -> None:
    tensor = net.plain(node)
    require(tensor.shape == (1, weight.shape[1]), f"it multiplies {tensor.shape} by {weight.shape[::-1]}")
    name = net.builder.inner_product(net.name(node), tensor.name, weight.shape[0], bias is not None)
    net.weights[f"{name}.weight"] = np.ascontiguousarray(weight, np.float32)
    if bias is not None:
        net.weights[f"{name}.bias"] = np.ascontiguousarray(bias, np.float32)
    net.put(node, name)


def _each(net: Translation, node: NodeProto, build: Callable[[str, str], str]) -> None:
    tensor = net.plain(node)
    net.put(node, build(net.name(node), tensor.name), tensor.shape)


def _decimal(value: float) -> float:
    """Return the number that was written: a float32 attribute gives 0.001 back as 0.0010000000474974513."""
    return float(str(np.float32(value)))
