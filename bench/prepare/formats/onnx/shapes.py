"""ONNX's operators that rearrange a tensor's channels, or only say its shape anew."""

from __future__ import annotations

from math import prod

import numpy as np
from onnx import NodeProto

from bench.prepare.formats.onnx.translation import Tensor, Translation, attributes, require
from bench.prepare.network.nodes import Shape


def same(net: Translation, node: NodeProto) -> None:
    """Identity and Dropout, which do nothing at inference."""
    net.tensors[node.output[0]] = net.tensor(node)


def shape_of(net: Translation, node: NodeProto) -> None:
    """Shape, which is a constant, because every size is fixed."""
    options, shape = attributes(node), net.tensor(node).shape
    net.constants[node.output[0]] = np.array(shape[options.get("start", 0) : options.get("end")], np.int64)


def flatten(net: Translation, node: NodeProto) -> None:
    """Flatten to (1, numbers)."""
    tensor = net.plain(node)
    require(
        attributes(node).get("axis", 1) in (1, 1 - len(tensor.shape)), "it flattens from another axis than the channels"
    )
    _view(net, node, tensor, (1, prod(tensor.shape)))


def reshape(net: Translation, node: NodeProto) -> None:
    """Reshape between flattened and not, or before and after a shuffle of the channels."""
    tensor = net.tensor(node)
    wanted = net.constant(node, 1)
    assert wanted is not None
    sizes = [int(size) for size in wanted]
    if not attributes(node).get("allowzero", 0):
        sizes = [
            tensor.shape[axis] if size == 0 and axis < len(tensor.shape) else size for axis, size in enumerate(sizes)
        ]
    known = prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and known > 0:
        sizes[sizes.index(-1)] = prod(tensor.shape) // known
    require(prod(sizes) == prod(tensor.shape), f"it makes {tuple(sizes)} of {tensor.shape}")
    if tensor.turned:
        require(tuple(sizes) == net.builder.shapes[tensor.name], f"it makes {tuple(sizes)} of a half-way shuffle")
        name = net.name(node)
        net.put(node, net.builder.shuffle(name, tensor.name, tensor.turned))
        return
    _view(net, node, tensor, tuple(sizes))


def squeeze(net: Translation, node: NodeProto) -> None:
    """Squeeze axes of size 1 away."""
    tensor = net.tensor(node)
    axes = net.setting(node, "axes", 1)
    rank = len(tensor.shape)
    dropped = {axis % rank for axis in axes} if axes else {axis for axis in range(1, rank) if tensor.shape[axis] == 1}
    require(0 not in dropped, "it takes the batch away")
    _view(net, node, tensor, tuple(size for axis, size in enumerate(tensor.shape) if axis not in dropped))


def unsqueeze(net: Translation, node: NodeProto) -> None:
    """Unsqueeze: new axes of size 1."""
    tensor = net.tensor(node)
    axes = net.setting(node, "axes", 1)
    rank = len(tensor.shape) + len(axes)
    added = {axis % rank for axis in axes}
    sizes = iter(tensor.shape)
    _view(net, node, tensor, tuple(1 if axis in added else next(sizes) for axis in range(rank)))


def transpose(net: Translation, node: NodeProto) -> None:
    """Transpose, the middle of a shuffle: of (1, parts, channels of each, height, width) the second and third axis."""
    tensor = net.tensor(node)
    channels = net.builder.shapes[tensor.name]
    order = tuple(attributes(node).get("perm", ()))
    grouped = len(channels) == 4 and len(tensor.shape) == 5 and tensor.shape[3:] == channels[2:] and not tensor.turned
    require(grouped and order == (0, 2, 1, 3, 4), f"it turns axes around: {order} of {tensor.shape}")
    _, parts, each, height, width = tensor.shape
    net.tensors[node.output[0]] = Tensor(tensor.name, (1, each, parts, height, width), turned=parts)


def pad(net: Translation, node: NodeProto) -> None:
    """Pad with zeros, which the convolution that reads it is to do."""
    tensor = net.image(node)
    options = attributes(node)
    pads = net.setting(node, "pads", 1)
    fill = net.setting(node, "value", 2)
    require(options.get("mode", "constant") == "constant" and not fill, "it pads with something else than zeros")
    require(len(node.input) < 4 or not node.input[3], "it names the axes that it pads")
    require(len(pads) == 8 and not any((*pads[:2], *pads[4:6])), f"it pads by {pads}")
    require(min(pads) >= 0, f"it cuts off: {pads}")
    top, left, bottom, right = pads[2], pads[3], pads[6], pads[7]
    _, channels, height, width = tensor.shape
    shape = (1, channels, height + top + bottom, width + left + right)
    net.tensors[node.output[0]] = Tensor(tensor.name, shape, (top, left, bottom, right))


def concat(net: Translation, node: NodeProto) -> None:
    """Concat along the channels."""
    tensors = [_channels(net, node, index) for index in range(len(node.input))]
    require(attributes(node)["axis"] in (1, 1 - len(tensors[0].shape)), "it joins along another axis than the channels")
    name = net.name(node)
    net.builder.concat(name, [tensor.name for tensor in tensors])
    net.put(node, name, (1, sum(tensor.shape[1] for tensor in tensors), *tensors[0].shape[2:]))


def split(net: Translation, node: NodeProto) -> None:
    """Split the channels."""
    tensor = net.image(node)
    options = attributes(node)
    require(options.get("axis", 0) in (1, 1 - len(tensor.shape)), "it splits along another axis than the channels")
    sizes = net.setting(node, "split", 1) or [-(-tensor.shape[1] // len(node.output))] * len(node.output)
    begin = 0
    for output, size in zip(node.output, sizes):
        end = min(begin + size, tensor.shape[1])
        name = net.builder.slice(net.name(node, f"_{begin}"), tensor.name, begin, end)
        net.tensors[output] = Tensor(name, net.builder.shapes[name])
        begin = end


def cut(net: Translation, node: NodeProto) -> None:
    """Slice some channels."""
    tensor = net.image(node)
    starts, ends = net.setting(node, "starts", 1), net.setting(node, "ends", 2)
    axes = net.setting(node, "axes", 3) or list(range(len(starts)))
    steps = net.setting(node, "steps", 4) or [1]
    along_channels = [axis % len(tensor.shape) for axis in axes] == [1] and list(steps) == [1]
    require(along_channels, f"it cuts along the axes {axes} by steps of {steps}, not the channels alone")
    begin, end, _ = slice(starts[0], ends[0]).indices(tensor.shape[1])
    name = net.name(node)
    net.put(node, net.builder.slice(name, tensor.name, begin, end))


def _channels(net: Translation, node: NodeProto, index: int) -> Tensor:
    """Return an input whose second axis is the neutral graph's channels."""
    tensor = net.plain(node, index)
    require(tensor.shape[1] == net.builder.shapes[tensor.name][1], f"it works on a tensor rearranged to {tensor.shape}")
    return tensor


def _view(net: Translation, node: NodeProto, tensor: Tensor, shape: Shape) -> None:
    require(not tensor.turned and not any(tensor.pad), f"it rearranges {tensor.shape} to {shape}")
    net.tensors[node.output[0]] = tensor._replace(shape=shape)
