"""The neutral graph as a PyTorch module: Caffe's rules hold."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (its usual name)

from bench.prepare.network.folding import fold
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
    Shuffle,
    Sigmoid,
    Slice,
    SlidingKernel,
    Softmax,
    Sum,
    unknown_node,
)
from bench.prepare.network.weights import Weights

Tensor = Any

_LOWEST = torch.finfo(torch.float32).min


def local_response(node: LRN, x: Tensor) -> Tensor:
    """Return what PyTorch itself has for it, whose alpha is divided by the size, as the graph's is."""
    return F.local_response_norm(x, node.size, node.alpha, node.beta, 1.0)


def elementary_local_response(node: LRN, x: Tensor) -> Tensor:
    """Return the same of operations that XNNPACK has; PyTorch's own becomes a pooling in three dimensions."""
    half = node.size // 2
    squares = F.pad(x * x, (0, 0, 0, 0, half, half))
    channels = x.shape[1]
    total = squares[:, 0:channels]
    for offset in range(1, node.size):
        total = total + squares[:, offset : offset + channels]
    scale = total * (node.alpha / node.size) + 1
    if node.beta == 0.75:  # every published network's, and a power is what XNNPACK has not
        root = torch.rsqrt(scale)
        return x * root * torch.sqrt(root)
    return x * torch.pow(scale, -node.beta)


class Network(torch.nn.Module):  # type: ignore[misc]
    """A network from float32 (1, 3, height, width) to (1, classes); batch normalisation is folded in.

    Parameters
    ----------
    lrn : function of (node, tensor)
        What computes a local response normalisation.
    """

    def __init__(self, graph: Graph, weights: Weights, lrn: Callable[[LRN, Tensor], Tensor] = local_response) -> None:
        super().__init__()
        self._graph, arrays = fold(graph, weights)
        self._lrn = lrn
        # A module's own names may have no dots.
        self._names = {param: f"array{number}" for number, param in enumerate(self._graph.params)}
        for param, name in self._names.items():
            self.register_buffer(name, torch.from_numpy(arrays[param].copy()))

    def forward(self, blob: Tensor) -> Tensor:
        """Return the class probabilities of one image."""
        tensors = {self._graph.input: blob}
        for node in self._graph.nodes:
            inputs = [tensors[name] for name in node.inputs]
            params = [getattr(self, self._names[param]) for param in node.params]
            tensors[node.name] = self._node(node, inputs, params)
        return torch.flatten(tensors[self._graph.output], 1)

    def _node(self, node: AnyNode, inputs: list[Tensor], params: list[Tensor]) -> Tensor:
        x = inputs[0]
        if isinstance(node, Convolution):
            weight, *bias = params
            x, pad = self._padded(node, x, 0.0)
            return F.conv2d(x, weight, bias[0] if bias else None, node.stride, pad, 1, node.group)
        if isinstance(node, Pooling):
            return self._pooling(node, x)
        if isinstance(node, ReLU):
            return F.relu(x)
        if isinstance(node, Clip):
            return torch.clamp(x, node.low, node.high)
        if isinstance(node, Sigmoid):
            return torch.sigmoid(x)
        if isinstance(node, HardSigmoid):
            return torch.clamp(x * node.alpha + node.beta, 0.0, 1.0)
        if isinstance(node, HardSwish):
            return F.hardswish(x)
        if isinstance(node, Sum):
            return x + inputs[1]
        if isinstance(node, Product):
            return x * inputs[1]
        if isinstance(node, LRN):
            return self._lrn(node, x)
        if isinstance(node, Concat):
            return torch.cat(inputs, 1)
        if isinstance(node, Slice):
            return x[:, node.begin : node.end]
        if isinstance(node, Shuffle):
            return F.channel_shuffle(x, node.group)
        if isinstance(node, InnerProduct):
            return F.linear(torch.flatten(x, 1), *params)
        if isinstance(node, BatchNorm):
            mean, variance = (_per_channel(param, x) for param in params)
            return (x - mean) * torch.rsqrt(variance + node.epsilon)
        if isinstance(node, Scale):
            weight, *bias = (_per_channel(param, x) for param in params)
            return x * weight + bias[0] if bias else x * weight
        if isinstance(node, Softmax):
            return F.softmax(x.reshape(node.shape[:2]) if prod(node.shape) == node.shape[1] else x, 1)
        return unknown_node(node, "PyTorch's writer")

    def _pooling(self, node: Pooling, x: Tensor) -> Tensor:
        if node.method == "average":
            x, pad = self._padded(node, x, 0.0)
            # Not counting what is not there is all that XNNPACK, which ExecuTorch computes with, can do.
            return F.avg_pool2d(x, node.kernel, node.stride, pad, count_include_pad=any(pad))
        x, pad = self._padded(node, x, _LOWEST)
        return F.max_pool2d(x, node.kernel, node.stride, pad)

    def _padded(self, node: SlidingKernel, x: Tensor, value: float) -> tuple[Tensor, tuple[int, int]]:
        """Return what the kernel slides over, and the padding of both sides that is left to do."""
        _, _, height, width = self._graph.shapes[node.inputs[0]]
        rows, columns = node.padding((height, width))
        if rows[0] == rows[1] and columns[0] == columns[1]:
            return x, (rows[0], columns[0])
        return F.pad(x, (*columns, *rows), value=value), (0, 0)


def _per_channel(param: Tensor, x: Tensor) -> Tensor:
    return param.reshape(-1, *(1 for _ in x.shape[2:]))
