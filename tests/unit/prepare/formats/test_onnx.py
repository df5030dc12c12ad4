"""The ONNX file against OpenCV's reading of the Caffe files, one operation at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from bench.errors import UserError
from bench.prepare.formats.caffemodel import write_caffemodel
from bench.prepare.formats.onnx import write_onnx
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.models.crosscheck import check_parity
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.synthetic import synthetic_weights

Layer = Callable[[GraphBuilder], str]

LAYERS: dict[str, Layer] = {
    "convolution": lambda net: net.convolution("x", "data", 4, (3, 5), (2, 1), (1, 2)),
    "depthwise convolution": lambda net: net.convolution("x", "data", 6, 3, group=3, bias=False),
    "maximum that sticks out": lambda net: net.pooling("x", "data", "max", 3, 2),
    "maximum with padding": lambda net: net.pooling("x", "data", "max", 3, 2, 1),
    "maximum whose last window is dropped": lambda net: net.pooling("x", "data", "max", 2, 3, 1),
    "maximum with gaps": lambda net: net.pooling("x", "data", "max", 2, 3),
    "average": lambda net: net.pooling("x", "data", "average", 2, 2),
    "average with padding": lambda net: net.pooling("x", "data", "average", 3, 1, 1),
    "rectifier": lambda net: net.relu("x", "data"),
    "local response": lambda net: net.lrn("x", net.convolution("c", "data", 9, 1), 5, 0.5, 0.75),
    "concatenation": lambda net: net.concat("x", ["data", net.relu("r", "data")]),
    "batch normalisation": lambda net: net.batch_norm("x", "data", 1e-3),
    "scale": lambda net: net.scale("x", "data"),
    "scale without bias": lambda net: net.scale("x", "data", bias=False),
    "scale of a vector": lambda net: net.scale("x", net.inner_product("i", "data", 7)),
    "inner product": lambda net: net.inner_product("x", "data", 7, bias=False),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_an_operation_means_the_same_in_onnx_and_in_caffe(layer: Layer, tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    # An inner product over every position, so that no difference can hide in an average.
    builder.inner_product("all", layer(builder), 50)
    graph = builder.build()
    weights = synthetic_weights(graph, 1.0)
    prototxt, caffemodel, onnx_file = (tmp_path / name for name in ("net.prototxt", "net.caffemodel", "net.onnx"))
    write_prototxt(prototxt, graph)
    write_caffemodel(caffemodel, graph, weights)
    write_onnx(onnx_file, graph, weights)
    assert check_parity(prototxt, caffemodel, onnx_file, graph, 0.017) <= 1e-6


def test_an_average_over_windows_that_stick_out_is_refused(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    builder.inner_product("all", builder.pooling("odd", "data", "average", 3, 2), 5)
    graph = builder.build()
    with pytest.raises(UserError, match="odd: an average over windows that stick out"):
        write_onnx(tmp_path / "net.onnx", graph, synthetic_weights(graph, 1.0))


def test_a_different_network_is_noticed(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    builder.inner_product("all", "data", 50)
    graph = builder.build()
    weights = synthetic_weights(graph, 1.0)
    changed = {**weights, "all.bias": np.roll(weights["all.bias"], 1)}
    prototxt, caffemodel, onnx_file = (tmp_path / name for name in ("net.prototxt", "net.caffemodel", "net.onnx"))
    write_prototxt(prototxt, graph)
    write_caffemodel(caffemodel, graph, weights)
    write_onnx(onnx_file, graph, changed)
    with pytest.raises(UserError, match="net: OpenCV and ONNX Runtime differ by"):
        check_parity(prototxt, caffemodel, onnx_file, graph, 0.017)


def test_the_file_names_its_input_and_its_flat_output(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 4, 4)
    builder.softmax("prob", builder.pooling("pool", "data", "average"))
    graph = builder.build()
    write_onnx(tmp_path / "net.onnx", graph, {})
    written = onnx.load(tmp_path / "net.onnx").graph
    shapes = [
        [axis.dim_value for axis in value.type.tensor_type.shape.dim] for value in (*written.input, *written.output)
    ]
    assert ([written.input[0].name, written.output[0].name], shapes) == (["data", "prob"], [[1, 3, 4, 4], [1, 3]])
