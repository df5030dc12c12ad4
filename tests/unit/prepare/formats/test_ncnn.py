"""ncnn's two files, as its documentation has them: every operation in ncnn itself is compared in tests/images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.prepare.formats.ncnn import BIN, PARAM, write_ncnn
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.synthetic import synthetic_weights


def written(folder: Path, graph: Graph) -> tuple[list[str], bytes]:
    write_ncnn(folder, graph, synthetic_weights(graph, 1.0))
    return (folder / PARAM).read_text().splitlines(), (folder / BIN).read_bytes()


def test_the_text_has_one_line_for_each_layer_and_a_split_for_what_two_of_them_read(tmp_path: Path) -> None:
    net = GraphBuilder("net", "data", 8, 10)
    net.convolution("conv 1", "data", 4, (3, 5), (2, 1), (1, 2))
    net.relu("a name with spaces", "conv 1")
    net.pooling("max", "a name with spaces", "max", 3, 2)
    net.pooling("average", "a name with spaces", "average", 2, 2)
    net.concat("both", ["max", "average"])
    net.lrn("norm", "both", 5, 1e-4, 0.75)
    net.inner_product("fc", "norm", 7)
    net.softmax("prob", "fc")
    lines, _ = written(tmp_path, net.build())
    assert lines == [
        "7767517",
        "9 10",
        "Input in 0 1 in",
        "Convolution 1 1 1 in 1 0=4 1=5 11=3 3=1 13=2 4=2 14=1 15=2 16=0 5=1 6=180 9=1",
        "Split split.1 1 2 1 1.0 1.1",
        "Pooling 2 1 1 1.0 2 0=0 1=3 11=3 2=2 12=2 3=0 13=0 14=1 15=1 5=1 6=1",
        "Pooling 3 1 1 1.1 3 0=1 1=2 11=2 2=2 12=2 3=0 13=0 14=0 15=0 5=1 6=1",
        "Concat 4 2 1 2 3 4 0=0",
        "LRN 5 1 1 4 5 0=0 1=5 2=0.0001 3=0.75",
        "InnerProduct 6 1 1 5 6 0=7 1=1 2=560",
        "Softmax out 1 1 6 out 0=0 1=1",
    ]


def test_a_rectifier_is_a_layer_of_its_own_where_something_else_reads_the_convolution(tmp_path: Path) -> None:
    net = GraphBuilder("net", "data", 4, 4)
    net.convolution("conv", "data", 3, 1)
    net.concat("both", ["conv", net.relu("relu", "conv")])
    net.inner_product("fc", "both", 2)
    lines, _ = written(tmp_path, net.build())
    assert "ReLU 2 1 1 1.0 2" in lines
    assert not any(" 9=1" in line for line in lines)


def test_the_arrays_follow_each_other_in_float32_as_the_layers_do(tmp_path: Path) -> None:
    net = GraphBuilder("net", "data", 4, 4)
    net.convolution("conv", "data", 6, 3, group=3, bias=False)
    net.batch_norm("norm", "conv", 0.5)
    net.scale("scale", "norm")
    net.inner_product("fc", "scale", 2)
    graph = net.build()
    weights = synthetic_weights(graph, 1.0)
    lines, data = written(tmp_path, graph)
    assert [line for line in lines if line.startswith(("ConvolutionDepthWise", "BatchNorm", "Scale"))] == [
        "ConvolutionDepthWise 1 1 1 in 1 0=6 1=3 11=3 3=1 13=1 4=0 14=0 15=0 16=0 5=0 6=54 7=3",
        "BatchNorm 2 1 1 1 2 0=6 1=0.5",
        "Scale 3 1 1 2 3 0=6 1=1",
    ]
    parts = [np.zeros(1), weights["conv.weight"], np.ones(6), weights["norm.mean"], weights["norm.variance"]]
    parts += [np.zeros(6), weights["scale.weight"], weights["scale.bias"]]
    parts += [np.zeros(1), weights["fc.weight"], weights["fc.bias"]]
    assert np.frombuffer(data, "<f4").tolist() == np.concatenate([part.ravel() for part in parts]).tolist()


def test_an_activation_ends_the_layer_before_it(tmp_path: Path) -> None:
    net = GraphBuilder("net", "data", 4, 4)
    net.clip("clip", net.convolution("a", "data", 3, 1), 0, 6)
    net.hard_swish("swish", net.convolution("b", "clip", 3, 1, group=3))
    net.sigmoid("sigmoid", net.inner_product("fc", "swish", 2))
    net.relu("relu", "sigmoid")
    lines, _ = written(tmp_path, net.build())
    types = [line.split()[0] for line in lines[3:]]
    assert types == ["Convolution", "ConvolutionDepthWise", "InnerProduct", "ReLU", "Softmax"]
    ends = [line.partition(" 9=")[2] for line in lines[3:]]
    assert ends == ["3 -23310=2,0.0,6.0", "6 -23310=2,0.16666666666666666,0.5", "4", "", ""]


@pytest.mark.parametrize("value", [1e-5, 1.0, 0.00010000000474974513])
def test_a_number_keeps_every_digit_and_is_seen_to_be_no_integer(tmp_path: Path, value: float) -> None:
    net = GraphBuilder("net", "data", 1, 1)
    net.lrn("norm", "data", 3, value, 0.5)
    lines, _ = written(tmp_path, net.build())
    (text,) = [line.partition(" 2=")[2].split()[0] for line in lines if line.startswith("LRN")]
    assert float(text) == value
    assert "." in text or "e" in text
