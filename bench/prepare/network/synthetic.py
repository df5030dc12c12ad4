"""Stand-in weights for a network whose real ones are not at hand: right for speed and power, useless for accuracy."""

from __future__ import annotations

import hashlib
from math import prod, sqrt

import numpy as np
import numpy.typing as npt

from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import AnyNode, BatchNorm, Convolution, InnerProduct, Scale

PIXEL_RMS = 60.0
"""Root mean square of a photograph's pixels minus the mean colour, in grey levels (a uniformly random pixel: 74)."""


def synthetic_weights(graph: Graph, scale: float) -> dict[str, npt.NDArray[np.float32]]:
    """Return arrays for every node of a graph, the same on every computer, today and in years.

    Weights are uniform with the variance 2 / inputs that keeps the scale of activations through rectifiers (He et al.
    2015); those that see the image are smaller by its root mean square. Time and power don't depend on the values
    as long as these stay ordinary numbers: zeros, denormals and infinities are what would falsify them.

    Parameters
    ----------
    graph : Graph
        Its name and the arrays' names are the seed.
    scale : float
        Factor of the preprocessing after the mean is subtracted.

    Returns
    -------
    dict of str to float32 array
        In the order and shapes of `graph.params`.
    """
    return {
        name: array
        for node in graph.nodes
        for name, array in _arrays(graph.name, node, scale * PIXEL_RMS if graph.input in node.inputs else 1.0).items()
    }


def _arrays(graph: str, node: AnyNode, input_rms: float) -> dict[str, npt.NDArray[np.float32]]:
    ranges: dict[str, tuple[float, float]] = {}
    if isinstance(node, (Convolution, InnerProduct)):
        fan_in = prod(node.params[f"{node.name}.weight"][1:])
        # A uniform number from -a to a has the variance a² / 3.
        bound = sqrt(3 * 2 / fan_in) / input_rms
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
