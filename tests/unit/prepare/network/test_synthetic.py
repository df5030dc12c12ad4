from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.network.architectures import architecture
from bench.prepare.network.synthetic import synthetic_weights
from bench.prepare.network.weights import weights_sha256


def test_synthetic_weights_are_the_same_everywhere_and_always() -> None:
    # If this changes, results on synthetic weights no longer compare with older ones.
    weights = synthetic_weights(architecture("squeezenet_v1.1"), 1.0)
    assert weights_sha256(weights) == "bcf114501f8be27a86e057ed733b3e286ead0a70825782ffe83c8b8bb4a07274"


def test_an_array_does_not_depend_on_what_else_there_is() -> None:
    graph = architecture("mobilenet_v1_1.0_224")
    tail = graph.model_copy(update={"nodes": graph.nodes[-5:]})
    whole, part = synthetic_weights(graph, 0.017), synthetic_weights(tail, 0.017)
    assert part["fc7.weight"].tobytes() == whole["fc7.weight"].tobytes()


def test_two_models_never_share_weights() -> None:
    graph = architecture("nin")
    renamed = graph.model_copy(update={"name": "other"})
    assert (synthetic_weights(graph, 1.0)["conv1.weight"] != synthetic_weights(renamed, 1.0)["conv1.weight"]).any()


def test_the_first_layer_undoes_the_scale_of_the_preprocessing() -> None:
    graph = architecture("mobilenet_v1_1.0_224")
    raw, scaled = synthetic_weights(graph, 1.0), synthetic_weights(graph, 0.017)
    ratio = scaled["conv1.weight"].std() / raw["conv1.weight"].std()
    assert abs(ratio * 0.017 - 1) < 0.01
    assert scaled["conv2_1/sep.weight"].std() == raw["conv2_1/sep.weight"].std()


@pytest.mark.parametrize("contrast", [30, 90])
def test_a_network_of_hard_swishes_gives_ordinary_numbers_on_a_faint_and_on_a_harsh_image(
    contrast: float, tmp_path: Path
) -> None:
    graph = architecture("mobilenet_v3_large")
    write_onnx(tmp_path / "v3.onnx", graph, synthetic_weights(graph, 1 / 60))
    session = onnxruntime.InferenceSession(str(tmp_path / "v3.onnx"), providers=["CPUExecutionProvider"])
    coarse = np.random.default_rng(5).normal(size=(1, 3, 14, 14))
    image = (contrast / 60 * np.kron(coarse, np.ones((1, 1, 16, 16)))).astype(np.float32)
    [[probabilities]] = session.run(None, {graph.input: image})
    assert 2 / 1000 < probabilities.max() < 0.9
    assert probabilities.min() > np.finfo(np.float32).tiny
