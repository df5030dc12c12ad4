"""Batch normalisation folded into convolutions."""

from __future__ import annotations

import numpy as np
import pytest

from bench.prepare.network.architectures import architecture
from bench.prepare.network.folding import fold
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import BatchNorm, Convolution, ReLU, Scale


def convolution(name: str, source: str) -> Convolution:
    params = {f"{name}.weight": (2, 3, 1, 1)}
    return Convolution(
        name=name,
        inputs=(source,),
        shape=(1, 2, 4, 4),
        params=params,
        kernel=(1, 1),
        stride=(1, 1),
        pad=(0, 0),
        group=1,
    )


def normalised(*others: ReLU) -> Graph:
    channels = {"shape": (1, 2, 4, 4)}
    norm = BatchNorm(name="n", inputs=("c",), params={"n.mean": (2,), "n.variance": (2,)}, epsilon=0.5, **channels)
    scale = Scale(name="s", inputs=("n",), params={"s.weight": (2,), "s.bias": (2,)}, **channels)
    nodes = (convolution("c", "x"), norm, scale, *others)
    return Graph(name="g", input="x", input_shape=(1, 3, 4, 4), output="s", nodes=nodes)


ARRAYS = {
    "c.weight": np.arange(6, dtype=np.float32).reshape(2, 3, 1, 1),
    "n.mean": np.array([1, 2], np.float32),
    "n.variance": np.array([3.5, 15.5], np.float32),
    "s.weight": np.array([4, 8], np.float32),
    "s.bias": np.array([10, 20], np.float32),
}


def test_normalisation_and_scale_become_the_convolution_s_filters_and_bias() -> None:
    graph, arrays = fold(normalised(), ARRAYS)
    (node,) = graph.nodes
    assert (node.name, node.inputs, list(node.params)) == ("s", ("x",), ["c.weight", "c.bias"])
    # (w·x - mean) / sqrt(variance + epsilon) · weight + bias: the factors are 4 / 2 and 8 / 4.
    assert arrays["c.weight"].ravel().tolist() == [0, 2, 4, 6, 8, 10]
    assert arrays["c.bias"].tolist() == [10 - 1 * 2, 20 - 2 * 2]
    assert ARRAYS["c.weight"][0, 1, 0, 0] == 1, "the caller's arrays stay as they were"


def test_a_convolution_that_something_else_uses_stays_apart() -> None:
    other = ReLU(name="r", inputs=("c",), shape=(1, 2, 4, 4))
    graph, arrays = fold(normalised(other), ARRAYS)
    assert [node.name for node in graph.nodes] == ["c", "n", "s", "r"]
    assert "c.bias" not in arrays


@pytest.mark.parametrize(("name", "folded"), [("mobilenet_v1_1.0_224", 27 * 2), ("googlenet", 0)])
def test_real_architectures_lose_just_their_normalisations(name: str, folded: int) -> None:
    graph = architecture(name)
    arrays = {param: np.ones(shape, np.float32) for param, shape in graph.params.items()}
    assert len(graph.nodes) - len(fold(graph, arrays)[0].nodes) == folded
    assert fold(graph, arrays)[0].output == graph.output
