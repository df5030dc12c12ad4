"""An ONNX file that can't be read as a classifier is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper

from bench.errors import UserError
from bench.prepare.formats.onnx import load
from bench.prepare.formats.onnx.read import read_onnx
from tests.made.onnx_files import SHAPE, Array, model, node, save

POOL = node("GlobalAveragePool", "image", output="scores")
W = {"w": np.ones((4, 3, 3, 3), np.float32)}


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_onnx(path, "net")
    sentence = str(caught.value)
    assert sentence.startswith(str(path)) and "\n" not in sentence
    return sentence.removeprefix(str(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "can't be read (No such file or directory)" in refused(tmp_path / "nowhere.onnx")


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x00" * 100, b"\x08\x08" * 20])
def test_what_is_no_onnx_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(content)
    assert "is damaged or no ONNX file" in refused(tmp_path / "x.onnx")


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    conv = [node("Conv", "image", "w"), node("GlobalAveragePool", "x", output="scores")]
    content = model(conv, W).SerializeToString()
    for length in range(0, len(content), 13):
        (tmp_path / "x.onnx").write_bytes(content[:length])
        refused(tmp_path / "x.onnx")


def test_a_file_beyond_the_limit_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "x.onnx", model([POOL], {}))
    monkeypatch.setattr(load, "MAX_BYTES", 50)
    assert refused(path) == f" is {path.stat().st_size:,} bytes; files of up to 50 bytes are read"


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    made = model([node("Conv", "image", "w"), node("GlobalAveragePool", "x", output="scores")], W)
    made.graph.initializer[0].ClearField("raw_data")
    made.graph.initializer[0].data_location = TensorProto.EXTERNAL
    made.graph.initializer[0].external_data.add(key="location", value="../../etc/passwd")
    assert "keeps its weights in another file (w among them); save it as one file; PyTorch does" in refused(
        save(tmp_path / "x", made)
    )


def test_an_array_with_too_few_numbers_is_refused(tmp_path: Path) -> None:
    made = model([node("Conv", "image", "w"), node("GlobalAveragePool", "x", output="scores")], W)
    made.graph.initializer[0].dims[0] = 1_000_000_000
    assert "raw_data size (432 bytes) is too small" in refused(save(tmp_path / "x", made))


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ((1, 3, "height", "width"), "leaves the size of its input image (1, 3, height, width) open"),
        ((1, 10, 8, 3), "takes image of (1, 10, 8, 3); export it for images of (1, 3, height, width)"),
        ((1, 240), "takes image of (1, 240)"),
    ],
)
def test_an_input_that_is_no_image_of_fixed_size_is_refused(
    shape: tuple[int | str, ...], complaint: str, tmp_path: Path
) -> None:
    assert complaint in refused(save(tmp_path / "x", model([POOL], {}, shape=shape)))


def test_a_second_input_is_refused(tmp_path: Path) -> None:
    made = model([node("Add", "image", "more"), node("GlobalAveragePool", "x", output="scores")], {})
    made.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, SHAPE))
    assert "has 2 inputs (image, more); export a classifier with one input" in refused(save(tmp_path / "x", made))


def test_a_second_output_is_refused(tmp_path: Path) -> None:
    made = model([POOL, node("Relu", "image")], {})
    made.graph.output.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, None))
    assert "has 2 outputs (scores, x)" in refused(save(tmp_path / "x", made))


def test_an_input_of_other_numbers_is_refused(tmp_path: Path) -> None:
    made = model([POOL], {})
    made.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    assert "takes float16 numbers as image; export it with a float32 input" in refused(save(tmp_path / "x", made))


def test_weights_listed_as_inputs_are_weights(tmp_path: Path) -> None:
    made = model([node("Conv", "image", "w"), node("GlobalAveragePool", "x", output="scores")], W, opset=8)
    made.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, (4, 3, 3, 3)))
    graph, _ = read_onnx(save(tmp_path / "x", made), "net")
    assert graph.params == {"x.weight": (4, 3, 3, 3)}


def test_an_old_opset_is_refused_by_its_number(tmp_path: Path) -> None:
    assert "is of opset 6; export it with opset 7 or later" in refused(save(tmp_path / "x", model([POOL], {}, opset=6)))


def test_a_network_whose_output_is_no_classes_is_refused(tmp_path: Path) -> None:
    made = model([node("Relu", "image", output="scores")], {})
    assert "is no classifier" in refused(save(tmp_path / "x", made))


OTHERS: dict[str, tuple[list[NodeProto], dict[str, Array], str]] = {
    "an operator outside": (
        [node("Resize", "image", "", "scales", name="up")],
        {"scales": np.array([1, 1, 2, 2], np.float32)},
        "its node up is a Resize (opset 13), which is none of Add, AveragePool",
    ),
    "a dilation": ([node("Conv", "image", "w", dilations=(2, 2))], W, "its filters are dilated by [2, 2]"),
    "filters that are computed": ([node("Conv", "image", "image")], {}, "its input image is not a constant"),
    "numbers of double precision": (
        [node("Conv", "image", "w")],
        {"w": np.ones((4, 3, 3, 3))},
        "its node x is a Conv (opset 13) that can't be taken over: its numbers are float64, not float32",
    ),
    "numbers that are not finite": (
        [node("Conv", "image", "w")],
        {"w": np.full((4, 3, 3, 3), np.nan, np.float32)},
        "its node x is a Conv (opset 13) that can't be taken over: its numbers are not finite",
    ),
    "an average that leaves out padding": (
        [node("AveragePool", "image", kernel_shape=(3, 3), pads=(1, 1, 1, 1))],
        {},
        "its average leaves the padding out",
    ),
    "a softmax over another axis": ([node("Softmax", "image")], {}, "it works along axis 3 of (1, 3, 10, 8)"),
    "axes turned around": ([node("Transpose", "image", perm=(0, 2, 3, 1))], {}, "it turns axes around: (0, 2, 3, 1)"),
    "a constant for each pixel": (
        [node("Add", "image", "p")],
        {"p": np.ones((10, 8), np.float32)},
        "not a number for each channel",
    ),
    "a division by zero": ([node("Div", "image", "z")], {"z": np.float32(0)}, "it divides by zero"),
    "a normalisation of another bias": ([node("LRN", "image", size=3, bias=2.0)], {}, "its bias is 2.0, not 1"),
    "two sizes that differ": (
        [node("Conv", "image", "w", output="c"), node("Add", "c", "image")],
        W,
        "that can't be taken over",
    ),
}


@pytest.mark.parametrize(("nodes", "arrays", "complaint"), OTHERS.values(), ids=OTHERS)
def test_a_node_outside_the_neutral_graph_is_refused_by_name(
    nodes: list[NodeProto], arrays: dict[str, Array], complaint: str, tmp_path: Path
) -> None:
    made = model([*nodes, node("GlobalAveragePool", nodes[-1].output[0], output="scores")], arrays)
    assert complaint in refused(save(tmp_path / "x", made))


def test_an_operator_of_a_single_program_is_refused_by_its_domain(tmp_path: Path) -> None:
    made: ModelProto = model([node("FusedConv", "image", output="scores", domain="com.microsoft")], {})
    made.opset_import.add(domain="com.microsoft", version=1)
    assert "is a FusedConv (opset 13) of com.microsoft, which only some programs know" in refused(
        save(tmp_path / "x", made)
    )


@pytest.mark.parametrize(
    ("operator", "arrays"),
    [
        ("ConstantOfShape", [np.array([1 << 20, 1 << 20])]),
        ("Range", [np.float32(0), np.float32(1e12), np.float32(1)]),
        ("Add", [np.zeros((30_000, 1), np.float32), np.zeros((1, 30_000), np.float32)]),
        ("Gather", [np.zeros((1, 1 << 18), np.float32), np.zeros(1 << 11, np.int64)]),
    ],
)
def test_a_constant_of_absurd_size_is_refused_before_memory_is_taken(
    tmp_path: Path, operator: str, arrays: list[Array]
) -> None:
    given = {f"given{place}": np.asarray(array) for place, array in enumerate(arrays)}
    nodes = [
        node(operator, *given, output="c"),
        node("Add", "image", "c"),
        node("GlobalAveragePool", "x", output="scores"),
    ]
    made = model(nodes, given)
    assert "a constant of more than 268,435,456 numbers" in refused(save(tmp_path / "x", made))


@pytest.mark.parametrize("shape", [(1, 3, -32, 32), (1, 3, 1 << 31, 1 << 31)])
def test_a_picture_of_a_size_that_none_has_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert "pixels are no picture" in refused(save(tmp_path / "x", model([POOL], {}, shape=shape)))


def test_a_stride_that_no_format_has_room_for_is_refused(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "image", "w", strides=[1 << 62, 1 << 62], output="y"),
        node("GlobalAveragePool", "y", output="scores"),
    ]
    assert "don't make a sliding kernel" in refused(save(tmp_path / "x", model(nodes, W)))


def test_a_node_s_name_of_a_hundred_thousand_letters_is_cut(tmp_path: Path) -> None:
    long = node("Conv", "image", "w", output="y")
    long.name = "x" * 100_000
    made = model([long, node("GlobalAveragePool", "y", output="scores")], W)
    graph, _ = read_onnx(save(tmp_path / "x", made), "net")
    assert graph.nodes[0].name == "x" * 200
