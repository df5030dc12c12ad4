from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalog import models
from bench.errors import UserError
from bench.prepare.formats.prototxt_read import read_prototxt
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.network.architectures import architecture
from bench.prepare.network.graph import Graph, read_graph, write_graph
from bench.prepare.network.nodes import LRN, Node, Pooling, ReLU, SlidingKernel

HEAD = 'input: "data" input_dim: 10 input_dim: 3 input_dim: 8 input_dim: 8\n'
TAIL = 'layer { name: "pool" type: "Pooling" bottom: "b" top: "p" pooling_param { pool: AVE global_pooling: true } }'


def read(tmp_path: Path, text: str) -> Graph:
    file = tmp_path / "deploy.prototxt"
    file.write_text(text)
    return read_prototxt(file, "net")


@pytest.mark.parametrize("name", [name for name, model in models().items() if model.form == "caffe"])
def test_a_written_graph_is_read_back_the_same(name: str, tmp_path: Path) -> None:
    graph = architecture(name)
    write_prototxt(tmp_path / "deploy.prototxt", graph)
    write_graph(tmp_path / "graph.json", graph)
    assert read_prototxt(tmp_path / "deploy.prototxt", name) == graph
    assert read_graph(tmp_path / "graph.json") == graph


def test_a_v1_file_means_the_same_as_its_v2_form(tmp_path: Path) -> None:
    v1 = """
        layers { name: "c" type: CONVOLUTION bottom: "data" top: "b"
            convolution_param { num_output: 4 kernel_size: 3 } }
        layers { name: "r" type: RELU bottom: "b" top: "b" }
        layers { name: "d" type: DROPOUT bottom: "b" top: "b" dropout_param { dropout_ratio: 0.5 } }
        layers { name: "l" type: LRN bottom: "b" top: "l" lrn_param { alpha: 0.0001 } }
        layers { name: "i" type: INNER_PRODUCT bottom: "l" top: "i" inner_product_param { num_output: 5 } }
        layers { name: "s" type: SOFTMAX bottom: "i" top: "s" }
    """
    v2 = v1.replace("layers {", "layer {")
    for old, new in {"CONVOLUTION": "Convolution", "RELU": "ReLU", "DROPOUT": "Dropout", "SOFTMAX": "Softmax"}.items():
        v2 = v2.replace(f"type: {old}", f'type: "{new}"')
    v2 = v2.replace("type: LRN", 'type: "LRN"').replace("type: INNER_PRODUCT", 'type: "InnerProduct"')
    graph = read(tmp_path, HEAD + v1)
    assert graph == read(tmp_path, HEAD + v2)
    assert [node.op for node in graph.nodes] == ["Convolution", "ReLU", "LRN", "InnerProduct", "Softmax"]


def test_layers_in_place_become_tensors_of_their_own(tmp_path: Path) -> None:
    text = 'layer { name: "r" type: "ReLU" bottom: "data" top: "data" }' + TAIL.replace('"b"', '"data"')
    relu, pool = read(tmp_path, HEAD + text).nodes[:2]
    assert relu == ReLU(name="r", inputs=("data",), shape=(1, 3, 8, 8))
    assert pool.inputs == ("r",)


def test_a_tensor_that_two_read_is_not_overwritten(tmp_path: Path) -> None:
    text = """
        layer { name: "c" type: "Convolution" bottom: "data" top: "c"
            convolution_param { num_output: 3 kernel_size: 1 } }
        layer { name: "r" type: "ReLU" bottom: "c" top: "r" }
        layer { name: "b" type: "Concat" bottom: "c" bottom: "r" top: "b" }
    """
    graph = read(tmp_path, HEAD + text + TAIL)
    write_prototxt(tmp_path / "written.prototxt", graph)
    assert read_prototxt(tmp_path / "written.prototxt", "net") == graph


def test_sizes_are_read_in_each_of_caffe_s_spellings(tmp_path: Path) -> None:
    for window in (
        "kernel_size: 3 stride: 2 pad: 1",
        "kernel_h: 3 kernel_w: 3 stride_h: 2 stride_w: 2 pad_h: 1 pad_w: 1",
        "kernel_size: 3 kernel_size: 3 stride: 2 stride: 2 pad: 1 pad: 1",
    ):
        layer = 'name: "c" type: "Convolution" bottom: "data" top: "b"'
        layer = f"layer {{ {layer} convolution_param {{ num_output: 4 {window} }} }}"
        node = read(tmp_path, HEAD + layer + TAIL).nodes[0]
        assert isinstance(node, SlidingKernel)
        assert (node.kernel, node.stride, node.pad, node.shape) == ((3, 3), (2, 2), (1, 1), (1, 4, 4, 4))


def test_numbers_are_those_of_the_text_not_of_float32(tmp_path: Path) -> None:
    layer = 'layer { name: "n" type: "LRN" bottom: "data" top: "b" lrn_param { alpha: 0.0001 beta: 0.7 } }'
    node = read(tmp_path, HEAD + layer + TAIL).nodes[0]
    assert isinstance(node, LRN)
    assert (node.size, node.alpha, node.beta) == (5, 0.0001, 0.7)


def test_a_global_pooling_covers_its_whole_input(tmp_path: Path) -> None:
    node: Node = read(tmp_path, HEAD + TAIL.replace('"b"', '"data"')).nodes[0]
    assert isinstance(node, Pooling)
    assert (node.method, node.kernel, node.shape) == ("average", (8, 8), (1, 3, 1, 1))


@pytest.mark.parametrize(
    ("layer", "complaint"),
    [
        ('type: "Deconvolution"', "x: a layer of type Deconvolution is not understood"),
        ('type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 dilation: 2 }', "x: dilation"),
        ('type: "ReLU" relu_param { negative_slope: 0.1 }', "x: a negative slope"),
        ('type: "LRN" lrn_param { norm_region: WITHIN_CHANNEL }', "x: normalisation within a channel"),
        ('type: "LRN" lrn_param { k: 2 }', "x: a constant k other than 1"),
        ('type: "Pooling" pooling_param { pool: STOCHASTIC kernel_size: 2 }', "x: stochastic pooling"),
        ('type: "Pooling" pooling_param { kernel_size: 2 round_mode: FLOOR }', "x: rounding down"),
        ('type: "Softmax" softmax_param { axis: 2 }', "x: an axis other than the channels"),
        ('type: "Concat" concat_param { axis: 2 }', "x: an axis other than the channels"),
        ('type: "InnerProduct" inner_product_param { num_output: 4 transpose: true }', "transposed weights"),
        ('type: "Scale" scale_param { num_axes: 2 }', "x: anything but one factor for each channel"),
    ],
)
def test_what_would_be_misread_is_refused_by_name(layer: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=complaint):
        read(tmp_path, f'{HEAD} layer {{ name: "x" bottom: "data" top: "b" {layer} }}')


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            HEAD + 'layers { name: "x" type: DECONVOLUTION bottom: "data" top: "b" }',
            "x: a layer of type Deconvolution is not understood",
        ),
        (HEAD + 'layer { name: "x" type: "ReLU" top: "b" }', "x: anything but some inputs and one output"),
        (HEAD + 'layer { name: "x" type: "ReLU" bottom: "data"', "Expected"),
        (HEAD, "one output, not 0"),
        ('layer { name: "d" type: "Data" top: "data" }', "d: a layer of type Data reads pictures for training"),
        ('layer { name: "d" type: "Input" top: "data" }', "one input of 4 dimensions"),
    ],
)
def test_a_file_that_is_no_network_for_inference_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=complaint) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "deploy.prototxt") in str(caught.value)


def test_network_in_network_is_upgraded_from_v1(shared_models: Path, tmp_path: Path) -> None:
    published = shared_models / "nin" / "deploy.prototxt"
    write_prototxt(tmp_path / "deploy.prototxt", read_prototxt(published, "nin"))
    assert "layers {" in published.read_text()
    assert "layers {" not in (tmp_path / "deploy.prototxt").read_text()
    assert read_prototxt(tmp_path / "deploy.prototxt", "nin") == read_prototxt(published, "nin")
