from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.catalog import models
from bench.errors import UserError
from bench.prepare.formats.caffe_schema import NetParameter
from bench.prepare.formats.caffemodel import read_caffemodel, write_caffemodel
from bench.prepare.network.architectures import architecture
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.synthetic import synthetic_weights
from bench.prepare.network.weights import read_weights, weights_sha256, write_weights


@pytest.fixture
def graph() -> Graph:
    builder = GraphBuilder("net", "data", 4, 4)
    tensor = builder.convolution("conv", "data", 2, 3)
    tensor = builder.batch_norm("bn", tensor, 1e-5)
    builder.inner_product("fc", tensor, 5)
    return builder.build()


def blob(array: Any) -> dict[str, Any]:
    return {"shape": {"dim": np.shape(array)}, "data": np.asarray(array, "<f4").tobytes()}


def net() -> Any:
    """A caffemodel for the graph above."""
    result = NetParameter()
    result.layer.add(name="conv", blobs=[blob(np.ones((2, 3, 3, 3))), blob([1, 2])])
    result.layer.add(name="bn", blobs=[blob([2, 4]), blob([8, 6]), blob([2])])
    result.layer.add(name="fc", blobs=[blob(np.ones((5, 8))), blob(np.ones(5))])
    return result


def read(message: Any, graph: Graph, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "net.caffemodel").write_bytes(message.SerializeToString())
    return read_caffemodel(tmp_path / "net.caffemodel", graph)


@pytest.mark.parametrize("name", models())
def test_written_arrays_are_read_back_the_same(name: str, tmp_path: Path) -> None:
    graph = architecture(name)
    weights = synthetic_weights(graph, models()[name].scale)
    write_caffemodel(tmp_path / "weights.caffemodel", graph, weights)
    write_weights(tmp_path / "weights.npz", weights)
    for back in (read_caffemodel(tmp_path / "weights.caffemodel", graph), read_weights(tmp_path / "weights.npz")):
        assert list(back) == list(graph.params)
        assert all(np.array_equal(back[array], weights[array]) for array in weights)
        assert weights_sha256(back) == weights_sha256(weights)


def test_statistics_are_divided_by_caffe_s_factor(graph: Graph, tmp_path: Path) -> None:
    weights = read(net(), graph, tmp_path)
    assert weights["bn.mean"].tolist() == [1, 2]
    assert weights["bn.variance"].tolist() == [4, 3]


def test_layers_of_the_training_network_are_passed_over(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer.add(name="loss1/classifier", blobs=[blob([1, 2, 3])])
    message.layer.add(name="data")
    assert list(read(message, graph, tmp_path)) == list(graph.params)


def test_an_old_file_with_shapes_of_four_dimensions_is_read(graph: Graph, tmp_path: Path) -> None:
    message, old = net(), NetParameter()
    for layer in message.layer:
        copy = old.layers.add(name=layer.name)
        for array in layer.blobs:
            num, channels, height, width = [1] * (4 - len(array.shape.dim)) + list(array.shape.dim)
            copy.blobs.add(num=num, channels=channels, height=height, width=width, data=array.data)
    new = read(message, graph, tmp_path)
    assert weights_sha256(read(old, graph, tmp_path)) == weights_sha256(new)


def test_missing_arrays_are_named(graph: Graph, tmp_path: Path) -> None:
    message = net()
    del message.layer[1]
    with pytest.raises(UserError, match="layer bn has 0 arrays instead of 3"):
        read(message, graph, tmp_path)


def test_arrays_too_many_are_named(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer[0].blobs.add(**blob([1]))
    with pytest.raises(UserError, match="layer conv has 3 arrays instead of 2"):
        read(message, graph, tmp_path)


def test_an_array_of_another_shape_is_named(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer[2].blobs[0].shape.dim[:] = [8, 5]
    with pytest.raises(UserError, match=r"fc.weight has the shape \(8, 5\) instead of \(5, 8\)"):
        read(message, graph, tmp_path)


def test_an_array_with_too_few_numbers_is_named(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer[2].blobs[1].data = b"1234"
    with pytest.raises(UserError, match=r"fc\.bias holds 1 numbers instead of 5"):
        read(message, graph, tmp_path)


def test_numbers_that_are_not_finite_are_refused(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer[0].blobs[1].CopyFrom(type(message.layer[0].blobs[1])(**blob([1, np.nan])))
    with pytest.raises(UserError, match=r"conv\.bias holds numbers that are not finite"):
        read(message, graph, tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_file_cut_short_is_refused(share: float, graph: Graph, tmp_path: Path) -> None:
    content = net().SerializeToString()
    (tmp_path / "cut.caffemodel").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UserError, match=r"cut\.caffemodel"):
        read_caffemodel(tmp_path / "cut.caffemodel", graph)


def test_a_damaged_npz_is_refused(tmp_path: Path) -> None:
    write_weights(tmp_path / "weights.npz", {"a": np.ones(100, np.float32)})
    content = (tmp_path / "weights.npz").read_bytes()
    (tmp_path / "weights.npz").write_bytes(content[:200])
    with pytest.raises(UserError, match=r"weights\.npz can't be read"):
        read_weights(tmp_path / "weights.npz")


def test_the_digest_is_of_numbers_and_names_not_of_their_order() -> None:
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(2, np.float32)
    assert weights_sha256({"a": a, "b": b}) == weights_sha256({"b": b, "a": a})
    assert weights_sha256({"a": a, "b": b}) != weights_sha256({"a": a.reshape(3, 2), "b": b})
    assert weights_sha256({"a": a, "b": b}) != weights_sha256({"a": a, "c": b})
    assert weights_sha256({"a": a.T.copy().T}) == weights_sha256({"a": a})


@pytest.mark.parametrize("way", ["floats one by one", "doubles"])
def test_numbers_are_read_however_they_are_stored(graph: Graph, tmp_path: Path, way: str) -> None:
    message = net()
    packed = read(message, graph, tmp_path)
    for layer in message.layer:
        for one in layer.blobs:
            numbers = np.frombuffer(one.data, "<f4")
            one.ClearField("data")
            if way == "doubles":
                one.double_data = numbers.astype("<f8").tobytes()
            else:
                one.MergeFromString(b"".join(b"\x2d" + number.tobytes() for number in numbers))
    again = read(message, graph, tmp_path)
    assert again.keys() == packed.keys()
    for name, array in packed.items():
        np.testing.assert_array_equal(again[name], array)


def test_two_layers_of_one_name_with_different_arrays_are_refused(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer.add(name="fc", blobs=[blob(np.ones((5, 8))), blob(np.ones(5))])
    assert read(message, graph, tmp_path)["fc.bias"].tolist() == [1] * 5
    message.layer[-1].blobs[1].CopyFrom(type(message.layer[0].blobs[1])(**blob(np.zeros(5))))
    with pytest.raises(UserError, match="two layers fc hold different arrays"):
        read(message, graph, tmp_path)


def test_doubles_count_before_floats_as_in_caffe(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer[2].blobs[1].double_data = np.full(5, 3.0).tobytes()
    assert read(message, graph, tmp_path)["fc.bias"].tolist() == [3] * 5


def test_an_array_that_ends_within_a_number_is_refused(graph: Graph, tmp_path: Path) -> None:
    message = net()
    message.layer[2].blobs[1].data += b"12"
    with pytest.raises(UserError, match="an array ends in the middle of a number"):
        read(message, graph, tmp_path)
