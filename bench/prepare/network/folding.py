"""Batch normalisation as part of the convolution before it, which is how a network is deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import AnyNode, BatchNorm, Convolution, Scale

Array = NDArray[np.float32]


def fold(graph: Graph, arrays: Mapping[str, Array]) -> tuple[Graph, dict[str, Array]]:
    """Return an equal network in which no BatchNorm or Scale follows a convolution that nothing else uses.

    Both are x · factor + offset for each channel, which scales a convolution's filters and moves its bias.
    """
    folded = dict(arrays)
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    nodes: dict[str, AnyNode] = {}
    for node in graph.nodes:
        before = nodes.get(node.inputs[0])
        if isinstance(node, (BatchNorm, Scale)) and isinstance(before, Convolution) and uses[before.name] == 1:
            factor, offset = _affine(node, arrays)
            (weight, shape), *_ = before.params.items()
            bias = f"{weight.rpartition('.')[0]}.bias"
            folded[weight] = folded[weight] * factor.reshape(-1, 1, 1, 1)
            folded[bias] = folded.get(bias, np.float32(0)) * factor + offset
            del nodes[before.name]
            node = before.model_copy(update={"name": node.name, "params": {weight: shape, bias: factor.shape}})
        nodes[node.name] = node
    return graph.model_copy(update={"nodes": tuple(nodes.values())}), folded


def _affine(node: BatchNorm | Scale, arrays: Mapping[str, Array]) -> tuple[Array, Array]:
    first, *second = (arrays[param] for param in node.params)
    if isinstance(node, BatchNorm):
        factor = 1 / np.sqrt(second[0] + np.float32(node.epsilon))
        return factor, -first * factor
    return first, second[0] if second else np.zeros_like(first)
