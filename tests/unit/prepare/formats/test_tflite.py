"""The TFLite file, read again by its fields' places; in LiteRT itself every operation is compared in tests/images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from flatbuffers.number_types import Float32Flags, Int8Flags, Int32Flags, Int64Flags, Uint8Flags, Uint32Flags

from bench.prepare.formats.tflite import schema
from bench.prepare.formats.tflite.write import write_tflite
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.synthetic import synthetic_weights
from tests.made.operations import OPERATIONS, Layer, network

NUMBERS = {"Int8": Int8Flags, "Uint8": Uint8Flags, "Int32": Int32Flags, "Uint32": Uint32Flags, "Float32": Float32Flags}
NUMBERS["Bool"] = Uint8Flags
OPTIONS = {number: name for name, number in schema.OPTIONS.items()}
OPERATORS = {number: name for name, number in schema.OPERATORS.items()}


def read(data: bytes, position: int, name: str) -> dict[str, Any]:
    """Read a table: the fields that it has, and of bytes where they begin, too."""
    table = flatbuffers.table.Table(data, position)
    found: dict[str, Any] = {}
    for field, (slot, kind) in schema.TABLES[name].items():
        place = table.Offset(4 + 2 * slot)
        if not place:
            continue
        if kind in NUMBERS:
            found[field] = table.Get(NUMBERS[kind], position + place)
        elif kind == "string":
            found[field] = table.String(position + place).decode()
        elif kind == "bytes":
            found["begin"] = table.Vector(place)
            found[field] = table.GetVectorAsNumpy(Uint8Flags, place)
        elif kind == "numbers":
            found[field] = table.GetVectorAsNumpy(Int32Flags, place).tolist()
        elif kind in ("floats", "longs"):
            flags = Float32Flags if kind == "floats" else Int64Flags
            found[field] = table.GetVectorAsNumpy(flags, place).tolist()
        elif field == "quantization":
            found[field] = read(data, table.Indirect(position + place), "QuantizationParameters")
        elif kind == "table":
            found[field] = read(data, table.Indirect(position + place), OPTIONS[found["builtin_options_type"]])
        else:
            items = [table.Indirect(table.Vector(place) + 4 * index) for index in range(table.VectorLen(place))]
            found[field] = [read(data, item, ITEMS[field]) for item in items]
    return found


ITEMS = {
    "operator_codes": "OperatorCode",
    "subgraphs": "SubGraph",
    "buffers": "Buffer",
    "tensors": "Tensor",
    "operators": "Operator",
}


def written(folder: Path, graph: Graph) -> dict[str, Any]:
    path = folder / "net.tflite"
    write_tflite(path, graph, synthetic_weights(graph, 1.0))
    data = path.read_bytes()
    assert data[4:8] == b"TFL3"
    return read(data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0), "Model")


def operators(model: dict[str, Any]) -> list[tuple[str, list[int], dict[str, Any]]]:
    """Return name, shape of the output, and options of each operator."""
    codes = [OPERATORS[code.get("builtin_code", 0)] for code in model["operator_codes"]]
    graph = model["subgraphs"][0]
    return [
        (
            codes[operator.get("opcode_index", 0)],
            graph["tensors"][operator["outputs"][0]]["shape"],
            operator.get("builtin_options", {}),
        )
        for operator in graph["operators"]
    ]


def test_each_layer_is_an_operator_on_an_image_with_its_channels_last(tmp_path: Path) -> None:
    net = GraphBuilder("net", "data", 8, 10)
    net.relu("relu", net.convolution("conv", "data", 4, (3, 5), (2, 1), (1, 2)))
    net.lrn("norm", net.pooling("max", "relu", "max", 2, 2), 5, 1e-4, 0.75)
    net.inner_product("fc", "norm", 7)
    model = written(tmp_path, net.build())
    assert model["version"] == 3
    stride = {"stride_w": 1, "stride_h": 2}
    assert operators(model) == [
        ("TRANSPOSE", [1, 8, 10, 3], {}),
        ("PAD", [1, 9, 14, 3], {}),  # above and not below: no padding that TFLite has a name for
        ("CONV_2D", [1, 4, 10, 4], {"padding": schema.VALID, **stride, "fused_activation_function": schema.RELU}),
        (
            "MAX_POOL_2D",
            [1, 2, 5, 4],
            {"padding": schema.VALID, "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2},
        ),
        (
            "LOCAL_RESPONSE_NORMALIZATION",
            [1, 2, 5, 4],
            {"radius": 2, "bias": 1, "alpha": pytest.approx(1e-4 / 5), "beta": 0.75},
        ),
        ("RESHAPE", [1, 40], {"new_shape": [1, 40]}),
        ("FULLY_CONNECTED", [1, 7], {}),
        ("SOFTMAX", [1, 7], {"beta": 1}),
    ]


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (OPERATIONS["maximum with padding"], ["PADV2", "MAX_POOL_2D"]),
        (OPERATIONS["maximum of what is rectified, with padding"], ["RELU", "PAD", "MAX_POOL_2D"]),
        (OPERATIONS["average with padding"], ["PAD", "AVERAGE_POOL_2D"]),
        (OPERATIONS["maximum padded on one side"], ["MAX_POOL_2D"]),
        (OPERATIONS["clipping"], ["MAXIMUM", "MINIMUM"]),
        (OPERATIONS["clipped convolution"], ["CONV_2D"]),
        (OPERATIONS["normalised convolution"], ["CONV_2D"]),
        (OPERATIONS["depthwise convolution"], ["DEPTHWISE_CONV_2D"]),
        (OPERATIONS["convolution in groups"], ["CONCATENATION", "CONV_2D"]),
        (OPERATIONS["hard swish"], ["HARD_SWISH"]),
    ],
)
def test_an_operation_is_what_xnnpack_takes(layer: Layer, names: list[str], tmp_path: Path) -> None:
    graph, _ = network(layer)
    found = [name for name, _, _ in operators(written(tmp_path, graph))]
    assert found == ["TRANSPOSE", *names, "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]


def test_a_constant_is_little_endian_float32_and_begins_where_xnnpack_wants_it(tmp_path: Path) -> None:
    net = GraphBuilder("net", "data", 4, 4)
    net.inner_product("fc", net.convolution("conv", "data", 5, 3), 3)
    graph = net.build()
    weights = synthetic_weights(graph, 1.0)
    model = written(tmp_path, graph)
    first, *buffers = model["buffers"]
    assert "data" not in first, "what is computed has no data"
    assert [buffer["begin"] % 16 for buffer in buffers] == [0 for _ in buffers]
    arrays = [buffer["data"].tobytes() for buffer in buffers]
    assert weights["conv.weight"].transpose(0, 2, 3, 1).astype("<f4").tobytes() in arrays
    assert weights["conv.bias"].astype("<f4").tobytes() in arrays
    # Caffe flattens channels first; here they are last, and so the columns are in another order.
    columns = np.arange(5 * 2 * 2).reshape(5, 2, 2).transpose(1, 2, 0).ravel()
    assert weights["fc.weight"][:, columns].astype("<f4").tobytes() in arrays
