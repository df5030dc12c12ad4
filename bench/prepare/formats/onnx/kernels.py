"""ONNX's operators that slide a kernel over an image: convolutions and poolings."""

from __future__ import annotations

from typing import Any

from onnx import NodeProto

from bench.prepare.formats.onnx.translation import Translation, attributes, require
from bench.prepare.network.nodes import Pair

Pads = tuple[Pair, Pair]
"""(top, left) and (bottom, right)."""


def convolution(net: Translation, node: NodeProto) -> None:
    """Conv, with the zeros that a Pad put around its input."""
    tensor = net.tensor(node)
    image = net.builder.shapes[tensor.name]
    require(len(tensor.shape) == len(image) == 4 and not tensor.turned, f"it works on a tensor of {tensor.shape}")
    filters = net.array(node, 1)
    require(filters.ndim == 4, f"its filters have {filters.ndim} dimensions")
    options = attributes(node)
    require(set(options.get("dilations", [1])) == {1}, f"its filters are dilated by {options.get('dilations')}")
    kernel, stride = (filters.shape[2], filters.shape[3]), _pair(options.get("strides"))
    before, after = _pads(options, (tensor.shape[2], tensor.shape[3]), kernel, stride)
    top, left, bottom, right = tensor.pad
    name, bias = net.name(node), net.constant(node, 2)
    net.builder.convolution(
        name,
        tensor.name,
        filters.shape[0],
        kernel,
        stride,
        (before[0] + top, before[1] + left),
        options.get("group", 1),
        bias is not None,
        after=(after[0] + bottom, after[1] + right),
    )
    net.weights[f"{name}.weight"] = filters
    if bias is not None:
        net.weights[f"{name}.bias"] = net.array(node, 2, filters.shape[:1])
    net.put(node, name)


def maximum(net: Translation, node: NodeProto) -> None:
    """MaxPool, of which only the first output can be used."""
    options = attributes(node)
    require(set(options.get("dilations", [1])) == {1}, "its kernel is dilated")
    _pooling(net, node, "max")


def average(net: Translation, node: NodeProto) -> None:
    """AveragePool, where every position counts the same number of pixels, zeros among them."""
    options = attributes(node)
    padded = any(options.get("pads", [])) or options.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
    require(not padded or bool(options.get("count_include_pad", 0)), "its average leaves the padding out")
    require(not options.get("ceil_mode", 0), "its average rounds the number of positions up")
    _pooling(net, node, "average")


def _pooling(net: Translation, node: NodeProto, method: Any) -> None:
    tensor = net.image(node)
    require(len(tensor.shape) == 4, f"it works on a tensor of {tensor.shape}")
    options = attributes(node)
    size = tensor.shape[2], tensor.shape[3]
    kernel, stride = _pair(options["kernel_shape"]), _pair(options.get("strides"))
    before, after = _pads(options, size, kernel, stride)
    if options.get("ceil_mode", 0):
        after = _rounded_up(size, kernel, stride, before, after)
    name = net.name(node)
    net.builder.pooling(name, tensor.name, method, kernel, stride, before, after=after)
    net.put(node, name)


def _pads(options: dict[str, Any], size: Pair, kernel: Pair, stride: Pair) -> Pads:
    """Return the padding, spelled out where ONNX names a rule for it."""
    rule = options.get("auto_pad", "NOTSET")
    if rule in ("SAME_UPPER", "SAME_LOWER"):
        total = [
            max(0, (-(-size[axis] // stride[axis]) - 1) * stride[axis] + kernel[axis] - size[axis]) for axis in (0, 1)
        ]
        less, more = (total[0] // 2, total[1] // 2), (-(-total[0] // 2), -(-total[1] // 2))
        return (less, more) if rule == "SAME_UPPER" else (more, less)
    if rule == "VALID":
        return (0, 0), (0, 0)
    top, left, bottom, right = options.get("pads", (0, 0, 0, 0))
    return (top, left), (bottom, right)


def _rounded_up(size: Pair, kernel: Pair, stride: Pair, before: Pair, after: Pair) -> Pair:
    """Return the padding after the image for a number of positions that is rounded up.

    As in ONNX since opset 19 and in its runtimes before: no kernel starts beyond the image and the padding before it.
    """
    ends = []
    for axis in range(2):
        count = -(-(size[axis] + before[axis] + after[axis] - kernel[axis]) // stride[axis]) + 1
        if (count - 1) * stride[axis] >= size[axis] + before[axis]:
            count -= 1
        ends.append((count - 1) * stride[axis] + kernel[axis] - size[axis] - before[axis])
    return ends[0], ends[1]


def _pair(value: Any) -> Pair:
    pair = (1, 1) if value is None else tuple(value)
    require(len(pair) == 2, f"its kernel has {len(pair)} dimensions")
    return pair[0], pair[1]
