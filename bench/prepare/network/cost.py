"""Facts about a network that follow from its graph: layers, parameters, multiply-adds."""

from __future__ import annotations

from math import prod

from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import AnyNode, BatchNorm, Convolution, InnerProduct, Pair
from bench.records.schema import Record


class Facts(Record):
    """What Table 1 of the paper states about a network, and its cost.

    Attributes
    ----------
    weighted_layers
        Convolutions and inner products.
    conv_total
        Convolutions.
    conv_stacked
        Most convolutions on one path from input to output: those that can't be computed side by side.
    kernels, strides
        Of the convolutions, each (height, width) once, smallest first.
    channels_min, channels_max
        Fewest and most output channels of a convolution.
    parameters
        Learned numbers. The mean and variance of a batch normalisation are statistics of the training images, not
        learned, and don't count; the scale and bias after it do.
    multiply_adds
        Multiplications, each with its addition, of all convolutions and inner products for one image.
    """

    weighted_layers: int
    conv_total: int
    conv_stacked: int
    kernels: list[Pair]
    strides: list[Pair]
    channels_min: int
    channels_max: int
    parameters: int
    multiply_adds: int


def facts(graph: Graph) -> Facts:
    """Return the facts about a network."""
    convolutions = [node for node in graph.nodes if isinstance(node, Convolution)]
    depth = {graph.input: 0}
    for node in graph.nodes:
        depth[node.name] = max(depth[input] for input in node.inputs) + isinstance(node, Convolution)
    return Facts(
        weighted_layers=len(convolutions) + sum(isinstance(node, InnerProduct) for node in graph.nodes),
        conv_total=len(convolutions),
        conv_stacked=depth[graph.output],
        kernels=sorted({node.kernel for node in convolutions}),
        strides=sorted({node.stride for node in convolutions}),
        channels_min=min(node.shape[1] for node in convolutions),
        channels_max=max(node.shape[1] for node in convolutions),
        parameters=sum(parameters(node) for node in graph.nodes),
        multiply_adds=sum(multiply_adds(node) for node in graph.nodes),
    )


def parameters(node: AnyNode) -> int:
    """Return how many learned numbers a node has (`Facts.parameters` says which count)."""
    return 0 if isinstance(node, BatchNorm) else sum(prod(shape) for shape in node.params.values())


def multiply_adds(node: AnyNode) -> int:
    """Return how many multiply-adds a node takes for one image: its weights, once for each output position."""
    if not isinstance(node, (Convolution, InnerProduct)):
        return 0
    return prod(node.params[f"{node.name}.weight"]) * prod(node.shape[2:])
