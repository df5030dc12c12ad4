"""Stand-in weights for a network whose real ones are not at hand: right for speed and power, useless for accuracy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from math import prod, sqrt

import numpy as np
import numpy.typing as npt

from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import AnyNode, BatchNorm, Convolution, HardSwish, InnerProduct, Product, Scale, Sum
from bench.records.schema import Scaling

PIXEL_RMS = 60.0
"""Root mean square of a photograph's pixels minus the mean colour, in grey levels (a uniformly random pixel: 74)."""


RESIDUAL = 1 / 16
"""Mean square of what a sum adds to what went past: a network of many sums would grow beyond bounds otherwise."""

SWISHED = 9.0
"""Mean square of what hard swish takes, so that it is nearly a rectifier: around zero it is a square, and a network of
many squares makes dark images fade away and bright ones explode."""

_KEPT = {"ReLU": 1 / 2, "Clip": 1 / 2, "HardSwish": 0.48 * SWISHED, "Sigmoid": 1 / 3, "HardSigmoid": 1 / 3}
"""Mean square of what a rectifier makes of numbers around zero of mean square 1 (before hard swish: SWISHED), about."""


def synthetic_weights(graph: Graph, scale: Scaling) -> dict[str, npt.NDArray[np.float32]]:
    """Return arrays for every node of a graph, the same on every computer, today and in years.

    Weights are uniform with the variance that keeps the scale of activations: 2 / inputs after rectifiers (He et al.
    2015), less after a sum or another convolution. Those that see the image are smaller by its root mean square. Time
    and power don't depend on the values as long as these stay ordinary numbers: zeros, denormals and infinities are
    what would falsify them.

    Parameters
    ----------
    graph : Graph
        Its name and the arrays' names are the seed.
    scale : float or (float, float, float)
        Factor of the preprocessing after the mean is subtracted.

    Returns
    -------
    dict of str to float32 array
        In the order and shapes of `graph.params`.
    """
    makers = {node.name: node for node in graph.nodes}
    added = {node.inputs[1] for node in graph.nodes if isinstance(node, Sum)}
    swished = {node.inputs[0] for node in graph.nodes if isinstance(node, HardSwish)}
    arrays = {}
    for node in graph.nodes:
        gain = 1 / _kept(node.inputs[0], makers)
        if graph.input in node.inputs:
            gain /= (float(np.mean(scale)) * PIXEL_RMS) ** 2
        if node.name in added:
            gain *= RESIDUAL
        if node.name in swished:
            gain *= SWISHED
        arrays.update(_arrays(graph.name, node, gain))
    return arrays


def _kept(name: str, makers: Mapping[str, AnyNode]) -> float:
    """Return what is left in a tensor of the mean square of 1 that the convolution or sum behind it makes, about."""
    node = makers.get(name)
    if node is None:  # the image, whose first convolution is followed by a rectifier as every other
        return 1 / 2
    if isinstance(node, (Convolution, InnerProduct, Sum)):
        return 1.0
    if isinstance(node, Product):
        return _kept(node.inputs[0], makers) / 4  # a gate is half open
    return _KEPT.get(node.op) or _kept(node.inputs[0], makers)


def _arrays(graph: str, node: AnyNode, gain: float) -> dict[str, npt.NDArray[np.float32]]:
    ranges: dict[str, tuple[float, float]] = {}
    if isinstance(node, (Convolution, InnerProduct)):
        fan_in = prod(node.params[f"{node.name}.weight"][1:])
        # A uniform number from -a to a has the variance a² / 3.
        bound = sqrt(3 * gain / fan_in)
        ranges = {"weight": (-bound, bound), "bias": (-0.1, 0.1)}
    elif isinstance(node, BatchNorm):
        # Such a convolution turns inputs of mean square 1 into outputs of variance 2 ...
        ranges = {"mean": (-0.2, 0.2), "variance": (1.5, 2.5)}
    elif isinstance(node, Scale):
        # ... and a rectifier halves the mean square of what was normalised: √2 brings it back to 1.
        ranges = {"weight": (sqrt(2) - 0.2, sqrt(2) + 0.2), "bias": (-0.1, 0.1)}
    return {
        name: _uniform(f"{graph} {name}", prod(shape), *ranges[name[len(node.name) + 1 :]]).reshape(shape)
        for name, shape in node.params.items()
    }


def _uniform(seed: str, count: int, low: float, high: float) -> npt.NDArray[np.float32]:
    """Return random numbers that are a function of the seed by definition.

    NumPy promises no stream of random floats across its versions (NEP 19); SHAKE-256 is a standard, and 24 of each 32
    bits make a float32 without rounding.
    """
    stream = hashlib.shake_256(seed.encode()).digest(4 * count)
    unit = (np.frombuffer(stream, dtype="<u4") >> 8).astype(np.float32) * np.float32(2**-24)
    return np.float32(low) + unit * np.float32(high - low)
