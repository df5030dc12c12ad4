"""The ONNX file, one operation at a time, against OpenCV's reading of the Caffe files or the operation's formula."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from bench.errors import UserError
from bench.prepare.formats.caffemodel import write_caffemodel
from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.models.crosscheck import check_parity
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import FormError
from bench.prepare.network.synthetic import synthetic_weights
from bench.prepare.network.weights import Weights
from tests.made.operations import IN_CAFFE, NOT_IN_CAFFE, Layer, network

Array = npt.NDArray[np.float32]


@pytest.mark.parametrize("layer", IN_CAFFE.values(), ids=IN_CAFFE)
def test_an_operation_means_the_same_in_onnx_and_in_caffe(layer: Layer, tmp_path: Path) -> None:
    graph, weights = network(layer)
    prototxt, caffemodel, onnx_file = (tmp_path / name for name in ("net.prototxt", "net.caffemodel", "net.onnx"))
    write_prototxt(prototxt, graph)
    write_caffemodel(caffemodel, graph, weights)
    write_onnx(onnx_file, graph, weights)
    assert check_parity(onnx_file, graph, 0.017, (prototxt, caffemodel)) <= 1e-6


FORMULAS: dict[str, Callable[[Array], Array]] = {
    "clipping": lambda x: np.clip(x, -0.5, 1.5),
    "hard sigmoid": lambda x: np.clip(0.3 * x + 0.4, 0, 1),
    "hard swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "sum with a number for each channel": lambda x: x + x.mean(axis=(2, 3), keepdims=True),
    "product with a number for each channel": lambda x: x * x.mean(axis=(2, 3), keepdims=True),
    "cut": lambda x: x[:, 1:3],
    "shuffle": lambda x: np.stack([x, np.maximum(x, 0)], axis=2).reshape(1, 6, 10, 8),
}


@pytest.mark.parametrize("operation", NOT_IN_CAFFE)
def test_an_operation_that_caffe_lacks_is_what_its_formula_says(operation: str, tmp_path: Path) -> None:
    graph, weights = network(NOT_IN_CAFFE[operation])
    image = np.random.default_rng(1).normal(0, 3, graph.input_shape).astype(np.float32)
    assert np.abs(tensor("x", graph, weights, image, tmp_path) - FORMULAS[operation](image)).max() <= 1e-6
    with pytest.raises(FormError, match="Caffe"):
        write_prototxt(tmp_path / "net.prototxt", graph)


def test_a_gate_of_hard_sigmoids_is_a_gate_in_opencv_too(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    gate = builder.hard_sigmoid("gate", builder.pooling("pool", "data", "average"), 1 / 6, 0.5)
    builder.inner_product("all", builder.product("x", "data", gate), 50)
    graph = builder.build()
    write_onnx(tmp_path / "net.onnx", graph, synthetic_weights(graph, 1.0))
    assert check_parity(tmp_path / "net.onnx", graph, 0.017) <= 1e-6


def test_a_convolution_padded_on_one_side_sees_that_padding(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    builder.inner_product("all", builder.convolution("x", "data", 4, 3, 2, (0, 1), after=(1, 2)), 50)
    graph = builder.build()
    weights = synthetic_weights(graph, 1.0)
    image = np.random.default_rng(1).normal(0, 3, graph.input_shape).astype(np.float32)
    padded = np.pad(image, ((0, 0), (0, 0), (0, 1), (1, 2)))
    wanted = np.einsum("nchwij,ocij->nohw", windows(padded), weights["x.weight"]) + weights["x.bias"].reshape(-1, 1, 1)
    assert np.abs(tensor("x", graph, weights, image, tmp_path) - wanted).max() <= 1e-5
    with pytest.raises(FormError, match="Caffe pads both sides of an image alike, unlike x"):
        write_prototxt(tmp_path / "net.prototxt", graph)


def test_a_maximum_rounded_down_leaves_out_the_window_that_sticks_out(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    builder.inner_product("all", builder.pooling("x", "data", "max", 3, 2, 1, after=1), 50)
    graph = builder.build()
    weights = synthetic_weights(graph, 1.0)
    image = np.random.default_rng(1).normal(0, 3, graph.input_shape).astype(np.float32)
    padded = np.pad(image, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    wanted = windows(padded).max(axis=(-2, -1))
    assert np.array_equal(tensor("x", graph, weights, image, tmp_path), wanted)
    assert wanted.shape == (1, 3, 5, 4), "by Caffe's own rule there are 6 and 5"
    write_prototxt(tmp_path / "net.prototxt", graph)
    assert "round_mode: FLOOR" in (tmp_path / "net.prototxt").read_text()


def windows(image: Array) -> Array:
    """Return the windows of 3 x 3 at every second position."""
    return np.lib.stride_tricks.sliding_window_view(image, (3, 3), axis=(2, 3))[:, :, ::2, ::2]


def tensor(name: str, graph: Graph, weights: Weights, image: Array, folder: Path) -> Array:
    """Return a tensor within the ONNX file, by ONNX Runtime."""
    write_onnx(folder / "net.onnx", graph, weights)
    model = onnx.load(folder / "net.onnx")
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, graph.shapes[name]))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    value: Array = session.run([name], {graph.input: image})[0]
    return value


def test_an_average_over_kernels_that_stick_out_is_refused(tmp_path: Path) -> None:
    builder = GraphBuilder("net", "data", 10, 8)
    builder.inner_product("all", builder.pooling("odd", "data", "average", 3, 2), 5)
    graph = builder.build()
    with pytest.raises(UserError, match="odd: an average over kernels that stick out"):
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
        check_parity(onnx_file, graph, 0.017, (prototxt, caffemodel))


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
