"""Published ONNX files read into the neutral graph: what is written from it computes what they compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, NodeProto

from bench.prepare.formats.onnx.read import read_onnx
from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import BatchNorm, Clip, Convolution, InnerProduct, Pooling, ReLU, Scale, Shuffle
from tests.made.onnx_files import SHAPE, Array, classifier, model, node, save

IMAGE = np.random.default_rng(0).normal(0, 2, SHAPE).astype(np.float32)


def random(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).normal(0, 0.5, shape).astype(np.float32)


def ints(*numbers: int) -> Array:
    return np.array(numbers, np.int64)


FILTERS = {"w": random(4, 3, 3, 3), "b": random(4)}
DEEP = {"w": random(3, 1, 5, 5)}
STATISTICS = {"s": random(3), "t": random(3), "m": random(3), "v": np.abs(random(3)) + np.float32(0.5)}
SIX = {"low": np.float32(0), "high": np.float32(6)}
POINT = {"point": random(12, 3, 1, 1)}
VECTOR = {"each": random(3, 1, 1)}


def conv(**options: Any) -> list[NodeProto]:
    return [node("Conv", "image", "w", "b", **options)]


def shuffled() -> list[NodeProto]:
    return [
        node("Conv", "image", "point", output="p"),
        node("Reshape", "p", "parts", output="r"),
        node("Transpose", "r", output="t", perm=(0, 2, 1, 3, 4)),
        node("Reshape", "t", "whole"),
    ]


GATE = [node("GlobalAveragePool", "image", output="g"), node("Mul", "g", "image")]

CASES: dict[str, tuple[int, list[NodeProto], dict[str, Array]]] = {
    "convolution": (7, conv(pads=(1, 2, 1, 2), strides=(2, 1)), FILTERS),
    "convolution padded on one side": (13, conv(pads=(0, 0, 1, 2), strides=(2, 2)), FILTERS),
    "convolution padded by TensorFlow's rule": (13, conv(auto_pad="SAME_UPPER", strides=(2, 2)), FILTERS),
    "convolution padded the other way": (13, conv(auto_pad="SAME_LOWER", strides=(3, 2)), FILTERS),
    "convolution padded before": (
        13,
        [node("Pad", "image", "pads", output="p"), node("Conv", "p", "w", "b", strides=(2, 2))],
        {**FILTERS, "pads": ints(0, 0, 0, 1, 0, 0, 1, 0)},
    ),
    "convolution padded before, in an old opset": (
        9,
        [node("Pad", "image", output="p", pads=(0, 0, 1, 1, 0, 0, 0, 2)), node("Conv", "p", "w", "b")],
        FILTERS,
    ),
    "depthwise convolution of 5 x 5": (
        13,
        [node("Conv", "image", "w", group=3, pads=(1, 1, 2, 2), strides=(2, 2))],
        DEEP,
    ),
    "batch normalisation with its own epsilon": (
        7,
        [node("BatchNormalization", "image", *STATISTICS, epsilon=0.25)],
        STATISTICS,
    ),
    "rectifier": (7, [node("Relu", "image")], {}),
    "clipping with attributes": (7, [node("Clip", "image", min=0.0, max=6.0)], {}),
    "clipping with inputs": (13, [node("Clip", "image", "low", "high")], SIX),
    "clipping from below alone": (13, [node("Clip", "image", "low")], {"low": np.float32(0)}),
    "sigmoid": (13, [node("Sigmoid", "image")], {}),
    "hard sigmoid by default": (13, [node("HardSigmoid", "image")], {}),
    "hard sigmoid": (13, [node("HardSigmoid", "image", alpha=1 / 6, beta=0.5)], {}),
    "hard swish": (14, [node("HardSwish", "image")], {}),
    "hard swish before there was one": (
        11,
        [
            node("Add", "image", "three", output="a"),
            node("Clip", "a", "low", "high", output="c"),
            node("Mul", "image", "c", output="m"),
            node("Div", "m", "six"),
        ],
        {**SIX, "three": np.float32(3), "six": np.float32(6)},
    ),
    "local response": (13, [node("LRN", "image", size=3, alpha=0.5, beta=0.6)], {}),
    "maximum": (8, [node("MaxPool", "image", kernel_shape=(3, 3), strides=(2, 2), pads=(1, 1, 1, 1))], {}),
    "maximum rounded up": (11, [node("MaxPool", "image", kernel_shape=(3, 3), strides=(2, 2), ceil_mode=1)], {}),
    "maximum rounded up with padding": (
        12,
        [node("MaxPool", "image", kernel_shape=(2, 2), strides=(3, 3), ceil_mode=1, pads=(1, 1, 1, 1))],
        {},
    ),
    "average": (7, [node("AveragePool", "image", kernel_shape=(2, 2), strides=(2, 2))], {}),
    "average that counts its padding": (
        7,
        [node("AveragePool", "image", kernel_shape=(3, 3), pads=(1, 1, 1, 1), count_include_pad=1)],
        {},
    ),
    "global average": (7, [node("GlobalAveragePool", "image")], {}),
    "mean over the plane": (11, [node("ReduceMean", "image", axes=(-1, -2), keepdims=0)], {}),
    "mean over the plane, axes as an input": (18, [node("ReduceMean", "image", "axes")], {"axes": ints(2, 3)}),
    "sum of two": (7, [node("Relu", "image", output="r"), node("Add", "image", "r")], {}),
    "sum of three": (8, [node("Relu", "image", output="r"), node("Sum", "image", "r", "image")], {}),
    "product with one number for each channel": (13, GATE, {}),
    "constant for each channel": (13, [node("Mul", "each", "image")], VECTOR),
    "constant to subtract from": (13, [node("Sub", "each", "image")], VECTOR),
    "constant to subtract": (13, [node("Sub", "image", "each")], VECTOR),
    "constant to divide by": (13, [node("Div", "image", "each")], VECTOR),
    "constant that is computed": (
        13,
        [node("Reshape", "row", "shape", output="each"), node("Add", "image", "each")],
        {"row": random(3), "shape": ints(1, 3, 1, 1)},
    ),
    "concatenation": (7, [node("Relu", "image", output="r"), node("Concat", "r", "image", axis=1)], {}),
    "cut": (13, [node("Slice", "image", "from", "to", "axis")], {"from": ints(1), "to": ints(2**40), "axis": ints(1)}),
    "cut in an old opset": (9, [node("Slice", "image", starts=(-2,), ends=(-1,), axes=(1,))], {}),
    "shuffle": (13, shuffled(), {**POINT, "parts": ints(1, 3, 4, 10, 8), "whole": ints(0, -1, 10, 8)}),
    "matrix without a bias, and one after it": (
        13,
        [
            node("GlobalAveragePool", "image", output="g"),
            node("Squeeze", "g", "axes", output="s"),
            node("MatMul", "s", "m", output="p"),
            node("Add", "p", "b"),
        ],
        {"axes": ints(2, 3), "m": random(3, 5), "b": random(5)},
    ),
    "matrix with factors": (
        13,
        [node("Flatten", "image", output="f"), node("Gemm", "f", "m", "b", alpha=0.5, beta=2.0)],
        {"m": random(240, 5), "b": random(5)},
    ),
    "flattening by a computed shape": (
        13,
        [
            node("Shape", "image", output="shape"),
            node("Gather", "shape", "zero", output="batch"),
            node("Unsqueeze", "batch", "axis", output="one"),
            node("Concat", "one", "rest", output="wanted", axis=0),
            node("Reshape", "image", "wanted", output="f"),
            node("Gemm", "f", "m"),
        ],
        {"zero": np.int64(0), "axis": ints(0), "rest": ints(-1), "m": random(240, 5)},
    ),
    "what does nothing": (13, [node("Identity", "image", output="i"), node("Dropout", "i")], {}),
}


@pytest.mark.parametrize(("opset", "nodes", "arrays"), CASES.values(), ids=CASES)
def test_what_is_read_computes_what_the_file_computes(
    opset: int, nodes: list[NodeProto], arrays: dict[str, Array], tmp_path: Path
) -> None:
    numbers = run(model(nodes, arrays, opset, output="x"), IMAGE).size
    made = classifier(nodes, arrays, opset, numbers)
    graph, weights = read_onnx(save(tmp_path / "published.onnx", made), "net")
    assert {name: array.shape for name, array in weights.items()} == graph.params
    write_onnx(tmp_path / "written.onnx", graph, weights)
    scores = run(made, IMAGE)
    wanted = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    assert np.abs(run(tmp_path / "written.onnx", IMAGE) - wanted).max() <= 1e-6


def run(made: ModelProto | Path, image: Array) -> Array:
    source = str(made) if isinstance(made, Path) else made.SerializeToString()
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    result: Array = session.run(None, {session.get_inputs()[0].name: image})[0]
    return result


def read(tmp_path: Path, nodes: list[NodeProto], arrays: dict[str, Array], numbers: int) -> Graph:
    return read_onnx(save(tmp_path / "x.onnx", classifier(nodes, arrays, 13, numbers)), "net")[0]


def test_tensorflow_s_padding_is_kept_on_its_side(tmp_path: Path) -> None:
    node = read(tmp_path, conv(auto_pad="SAME_UPPER", strides=(2, 2)), FILTERS, 80).nodes[0]
    assert isinstance(node, Convolution)
    assert (node.pad, node.shape, node.padding((10, 8))) == ((0, 0), (1, 4, 5, 4), ((0, 1), (0, 1)))


def test_a_batch_normalisation_keeps_the_epsilon_that_was_written(tmp_path: Path) -> None:
    norm, scale = read(
        tmp_path, [node("BatchNormalization", "image", *STATISTICS, epsilon=0.001)], STATISTICS, 240
    ).nodes[:2]
    assert isinstance(norm, BatchNorm) and isinstance(scale, Scale)
    assert norm.epsilon == 0.001


def test_each_thing_is_what_the_neutral_graph_calls_it(tmp_path: Path) -> None:
    six = read(tmp_path, [node("Clip", "image", "low", "high")], SIX, 240).nodes
    assert isinstance(six[0], Clip) and isinstance(six[1], InnerProduct) and (six[0].low, six[0].high) == (0, 6)
    assert isinstance(read(tmp_path, [node("Clip", "image", "low")], SIX, 240).nodes[0], ReLU)
    mean = read(tmp_path, [node("GlobalAveragePool", "image")], {}, 3).nodes[0]
    assert isinstance(mean, Pooling) and (mean.method, mean.kernel) == ("average", (10, 8))
    arrays = {**POINT, "parts": ints(1, 3, 4, 10, 8), "whole": ints(0, -1, 10, 8)}
    shuffle = read(tmp_path, shuffled(), arrays, 960).nodes[1]
    assert isinstance(shuffle, Shuffle) and shuffle.group == 3


@pytest.mark.parametrize("batch", ["N", 4])
def test_the_batch_becomes_one_image(batch: int | str, tmp_path: Path) -> None:
    nodes = [node("GlobalAveragePool", "image", output="g"), node("Flatten", "g", output="scores")]
    graph, _ = read_onnx(save(tmp_path / "x.onnx", model(nodes, {}, shape=(batch, 3, 10, 8))), "net")
    assert graph.shapes == {"data": (1, 3, 10, 8), "g": (1, 3, 1, 1), "prob": (1, 3, 1, 1)}


def test_what_the_output_does_not_depend_on_is_left_out(tmp_path: Path) -> None:
    nodes = [node("Relu", "image", output="loose"), node("GlobalAveragePool", "image", output="scores")]
    graph, _ = read_onnx(save(tmp_path / "x.onnx", model(nodes, {})), "net")
    assert [node.name for node in graph.nodes] == ["scores", "prob"]


def test_names_are_made_plain_and_stay_different(tmp_path: Path) -> None:
    nodes = [
        node("Relu", "image", output="a", name="/net.0/Relu:0"),
        node("Relu", "a", output="b", name="net_0/Relu 0"),
        node("GlobalAveragePool", "b", output="scores", name="data"),
    ]
    graph, _ = read_onnx(save(tmp_path / "x.onnx", model(nodes, {})), "net")
    assert [node.name for node in graph.nodes] == ["net_0/Relu_0", "net_0/Relu_0_2", "data_2", "prob"]
