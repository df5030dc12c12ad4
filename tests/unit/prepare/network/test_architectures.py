"""The built-in graphs against the published files, and against Table 1 of the paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalog import models
from bench.catalog.suites import find_suite
from bench.prepare.formats.onnx.read import read_onnx
from bench.prepare.formats.prototxt_read import read_prototxt
from bench.prepare.network.architectures import architecture
from bench.prepare.network.cost import facts
from bench.prepare.network.nodes import Convolution


@pytest.mark.parametrize("name", [model.name for model in find_suite("paper").models()])
def test_a_built_in_graph_is_the_published_one(name: str, shared_models: Path) -> None:
    assert architecture(name) == read_prototxt(shared_models / name / "deploy.prototxt", name)


@pytest.mark.parametrize("name", models())
def test_a_built_in_graph_fits_the_catalog(name: str) -> None:
    graph, model = architecture(name), models()[name]
    assert graph.input_shape == (1, 3, model.height, model.width)
    assert graph.shapes[graph.output][1] == model.classes


@pytest.mark.parametrize("name", ["mobilenet_v1_1.0_224_tf", "mobilenet_v2_1.0_224", "efficientnet_lite0"])
def test_a_built_in_graph_computes_what_the_published_one_does(name: str, shared_models: Path) -> None:
    built, published = architecture(name), read_onnx(shared_models / name / f"{name}.onnx", name)[0]
    windows = [
        [
            (node.kernel, node.stride, node.pad, node.shape, node.group)
            for node in graph.nodes
            if isinstance(node, Convolution)
        ]
        for graph in (built, published)
    ]
    assert windows[0] == windows[1][: len(windows[0])]
    assert facts(built).multiply_adds == facts(published).multiply_adds


@pytest.mark.parametrize(
    ("name", "millions", "parameters"),
    [
        # Multiply-adds as the articles state them; parameters as their authors count them, less one of the two that a
        # batch normalisation has for each channel.
        ("mobilenet_v2_1.0_224", 301, 3_487_816),
        ("mobilenet_v3_large", 217, 5_470_832),
        ("resnet18", 1814, 11_684_712),
        ("resnet50", 3858, 25_530_472),
        ("shufflenet_v2", 145, 2_270_514),
    ],
)
def test_the_cost_of_the_models_of_today(name: str, millions: int, parameters: int) -> None:
    found = facts(architecture(name))
    assert (round(found.multiply_adds / 1e6), found.parameters) == (millions, parameters)


@pytest.mark.parametrize("name", [name for name, model in models().items() if model.paper])
def test_table_1_holds_or_its_note_says_the_true_number(name: str) -> None:
    counted, paper = facts(architecture(name)), models()[name].paper
    assert paper is not None
    pairs = [
        (counted.conv_stacked, paper.conv_stacked),
        (counted.conv_total, paper.conv_total),
        (counted.parameters, paper.parameters_m),
    ]
    for true, printed in pairs:
        agrees = true == printed or round(true / 1e6, 1) == printed
        assert agrees or f"{true:,}" in (paper.note or ""), (true, printed)


@pytest.mark.parametrize(
    ("name", "stacked", "total", "kernels", "strides", "channels", "parameters"),
    [
        ("nin", 12, 12, {1, 3, 5, 11}, {1, 4}, (96, 1024), 7_595_176),
        ("googlenet", 21, 57, {1, 3, 5, 7}, {1, 2}, (16, 384), 6_998_552),
        ("squeezenet_v1.1", 18, 26, {1, 3}, {1, 2}, (16, 1000), 1_235_496),
        ("mobilenet_v1_1.0_224", 28, 28, {1, 3}, {1, 2}, (32, 1024), 4_231_976),
    ],
)
def test_the_facts_of_the_paper_s_models(
    name: str,
    stacked: int,
    total: int,
    kernels: set[int],
    strides: set[int],
    channels: tuple[int, int],
    parameters: int,
) -> None:
    found = facts(architecture(name))
    assert (found.conv_stacked, found.conv_total) == (stacked, total)
    assert {kernel for kernel, _ in found.kernels} == kernels
    assert {stride for stride, _ in found.strides} == strides
    assert (found.channels_min, found.channels_max) == channels
    assert found.parameters == parameters


def test_multiply_adds_are_mobilenet_s_published_ones() -> None:
    # Howard et al. 2017, Table 4: 569 million.
    assert round(facts(architecture("mobilenet_v1_1.0_224")).multiply_adds / 1e6) == 569
