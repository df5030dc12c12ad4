"""The TFLite file in int8, read again; in LiteRT itself its accuracy is measured in tests/images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest

from bench.prepare.formats.tflite import schema
from bench.prepare.formats.tflite.integer import write_integer_tflite
from bench.prepare.models.ranges import tensor_ranges
from bench.prepare.network.architectures import architecture
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.folding import fold
from bench.prepare.network.graph import Graph
from bench.prepare.network.synthetic import synthetic_weights
from tests.made.operations import OPERATIONS, network
from tests.unit.prepare.formats.test_tflite import OPERATORS, read

TYPES = {schema.FLOAT32: np.float32, schema.INT32: np.int32, schema.INT8: np.int8}


class Written:
    """A file's operators and tensors."""

    def __init__(self, path: Path, graph: Graph, arrays: dict[str, np.ndarray]) -> None:
        self.graph, self.arrays = fold(graph, arrays)
        images = [np.random.default_rng(seed).normal(0, 60, graph.input_shape).astype(np.float32) for seed in range(3)]
        self.ranges = tensor_ranges(self.graph, self.arrays, images)
        write_integer_tflite(path, self.graph, self.arrays, self.ranges)
        data = path.read_bytes()
        model = read(data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0), "Model")
        self.codes = [OPERATORS[code.get("builtin_code", 0)] for code in model["operator_codes"]]
        self.tensors = model["subgraphs"][0]["tensors"]
        self.buffers = model["buffers"]
        self.operators = model["subgraphs"][0]["operators"]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.operators if self.codes[one.get("opcode_index", 0)] == name]

    def scale(self, tensor: int) -> tuple[list[float], list[int]]:
        found = self.tensors[tensor]["quantization"]
        return found["scale"], found["zero_point"]

    def constant(self, tensor: int) -> np.ndarray:
        found = self.tensors[tensor]
        kind = TYPES[found.get("type", 0)]
        return np.frombuffer(self.buffers[found["buffer"]]["data"].tobytes(), kind).reshape(found["shape"])


@pytest.fixture(scope="module")
def squeezenet(tmp_path_factory: pytest.TempPathFactory) -> Written:
    graph = architecture("squeezenet_v1.1")
    return Written(tmp_path_factory.mktemp("int8") / "s.tflite", graph, synthetic_weights(graph, 1.0))


def test_weights_are_int8_around_zero_within_half_a_step_of_the_float_ones(squeezenet: Written) -> None:
    for operator, node in zip(squeezenet.named("CONV_2D"), [one for one in squeezenet.graph.nodes if one.params]):
        _, filters, bias = operator["inputs"]
        scale, zero = squeezenet.scale(filters)
        integers = squeezenet.constant(filters)
        assert integers.dtype == np.int8 and integers.min() >= -127 and set(zero) == {0}
        steps = np.array(scale).reshape(-1, 1, 1, 1)
        weight = squeezenet.arrays[f"{node.name}.weight"].transpose(0, 2, 3, 1)
        assert np.abs(integers * steps - weight).max() <= 0.5001 * np.max(steps)
        assert squeezenet.constant(bias).dtype == np.int32
        (step,), _ = squeezenet.scale(operator["inputs"][0])
        assert np.allclose(squeezenet.scale(bias)[0], step * np.array(scale), rtol=1e-6)


def test_activations_span_what_they_were_seen_to_be_and_zero_is_exact(squeezenet: Written) -> None:
    (quantise,) = squeezenet.named("QUANTIZE")
    (scale,), (zero,) = squeezenet.scale(quantise["outputs"][0])
    low, high = squeezenet.ranges["data"]
    assert abs((-128 - zero) * scale - low) <= scale and abs((127 - zero) * scale - high) <= scale


def test_what_is_put_together_has_one_scale(squeezenet: Written) -> None:
    assert len(squeezenet.named("CONCATENATION")) == 8
    for operator in squeezenet.named("CONCATENATION"):
        assert len({str(squeezenet.scale(tensor)) for tensor in [*operator["inputs"], *operator["outputs"]]}) == 1


def test_a_mean_over_the_image_has_a_finer_scale_than_the_image(squeezenet: Written) -> None:
    (mean,) = squeezenet.named("MEAN")
    assert squeezenet.scale(mean["outputs"][0])[0] < squeezenet.scale(mean["inputs"][0])[0]


def test_the_softmax_is_float(squeezenet: Written) -> None:
    (softmax,) = squeezenet.named("SOFTMAX")
    assert [squeezenet.tensors[tensor].get("type", 0) for tensor in softmax["inputs"] + softmax["outputs"]] == [0, 0]


def test_a_large_bias_beside_tiny_weights_keeps_its_value(tmp_path: Path) -> None:
    net = GraphBuilder("dead", "data", 1, 1)
    net.softmax("prob", net.convolution("c", "data", 4, 1))
    arrays = {"c.weight": np.full((4, 3, 1, 1), 1e-12, np.float32), "c.bias": np.array([0.5, -2, 3, 0], np.float32)}
    found = Written(tmp_path / "d.tflite", net.build(), arrays)
    (conv,) = found.named("CONV_2D")
    bias = conv["inputs"][2]
    assert np.allclose(found.constant(bias) * found.scale(bias)[0], arrays["c.bias"], rtol=1e-6)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_written_in_int8_or_between_quantised_ones(operation: str, tmp_path: Path) -> None:
    found = Written(tmp_path / "o.tflite", *network(OPERATIONS[operation]))
    assert len(found.named("QUANTIZE")) >= 1 and len(found.named("DEQUANTIZE")) >= 1
    assert all(found.scale(one["outputs"][0]) for one in found.named("CONV_2D"))
