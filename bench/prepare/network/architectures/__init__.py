"""The graphs of the catalog's models, for when their files can't be had."""

from __future__ import annotations

from bench.prepare.network.architectures import mobile, paper, residual
from bench.prepare.network.graph import Graph

_ARCHITECTURES = {
    "nin": paper.nin,
    "googlenet": paper.googlenet,
    "squeezenet_v1.1": paper.squeezenet,
    "mobilenet_v1_1.0_224": paper.mobilenet,
    "mobilenet_v1_1.0_224_tf": mobile.mobilenet_v1,
    "mobilenet_v2_1.0_224": mobile.mobilenet_v2,
    "mobilenet_v3_large": mobile.mobilenet_v3_large,
    "efficientnet_lite0": mobile.efficientnet_lite0,
    "resnet18": residual.resnet18,
    "resnet50": residual.resnet50,
    "shufflenet_v2": residual.shufflenet_v2,
}


def architecture(name: str) -> Graph:
    """Return the graph of a model of the catalog.

    Raises
    ------
    KeyError
        If the catalog's model has no architecture here.
    """
    return _ARCHITECTURES[name](name)
