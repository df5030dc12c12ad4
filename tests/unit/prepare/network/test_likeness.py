from __future__ import annotations

import pytest

from bench.catalog import models
from bench.prepare.network.architectures import architecture
from bench.prepare.network.graph import Graph
from bench.prepare.network.likeness import difference

SQUEEZENET = architecture("squeezenet_v1.1")


def changed(place: int, **fields: object) -> Graph:
    nodes = list(SQUEEZENET.nodes)
    nodes[place] = nodes[place].model_copy(update=fields)
    return SQUEEZENET.model_copy(update={"nodes": tuple(nodes)})


def test_the_same_network_under_other_names_is_the_same() -> None:
    names = {node.name: f"other-{node.name}" for node in SQUEEZENET.nodes}
    nodes = tuple(
        node.model_copy(update={"name": names[node.name], "inputs": tuple(names.get(one, one) for one in node.inputs)})
        for node in SQUEEZENET.nodes
    )
    assert difference(SQUEEZENET.model_copy(update={"nodes": nodes}), SQUEEZENET) is None


@pytest.mark.parametrize("name", ["nin", "googlenet", "mobilenet_v1_1.0_224"])
def test_two_models_of_the_catalog_are_not(name: str) -> None:
    assert name in models()
    assert difference(architecture(name), SQUEEZENET) is not None


def test_another_stride_width_or_order_is_named_with_its_layer() -> None:
    place = next(number for number, node in enumerate(SQUEEZENET.nodes) if node.name == "pool1")
    assert difference(changed(place, stride=(1, 1)), SQUEEZENET) == "pool1 has the stride (1, 1), not (2, 2)"
    weights = {name: (32, *shape[1:]) for name, shape in SQUEEZENET.nodes[0].params.items()}
    assert "conv1 has arrays of [(32, 3, 3, 3), (32,)]" in str(difference(changed(0, params=weights), SQUEEZENET))
    fewer = SQUEEZENET.model_copy(update={"nodes": SQUEEZENET.nodes[:-1]})
    assert f"has {len(SQUEEZENET.nodes) - 1} layers" in str(difference(fewer, SQUEEZENET))
