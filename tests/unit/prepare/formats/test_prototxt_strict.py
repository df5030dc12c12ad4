"""Prototxts as people have them: what is not understood is refused by its layer and field, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UserError
from bench.prepare.formats.prototxt_read import read_prototxt
from bench.prepare.network.graph import Graph

HEAD = 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'
CONVOLUTION = """layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"
  top: "conv1"
  convolution_param { num_output: 4 kernel_size: 3 %s }
}
"""
POOLING = """layer {
  name: "pool"
  type: "Pooling"
  bottom: "conv1"
  top: "pool"
  pooling_param { pool: AVE %s }
}
"""
NET = CONVOLUTION % "" + POOLING % "global_pooling: true"


def read(tmp_path: Path, text: str) -> Graph:
    (tmp_path / "deploy.prototxt").write_text(text)
    return read_prototxt(tmp_path / "deploy.prototxt", "net")


def fault(tmp_path: Path, text: str) -> str:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith("take the model's published deploy.prototxt")
    return sentence


@pytest.mark.parametrize("field", ["strides: 2", "padding: 1", "dilations: 2"])
def test_a_misspelled_field_of_a_layer_is_refused_by_layer_and_name(tmp_path: Path, field: str) -> None:
    sentence = fault(tmp_path, HEAD + CONVOLUTION % field + POOLING % "global_pooling: true")
    assert f"conv1: the field '{field.split(':')[0]}' in line 7 is not understood" in sentence


@pytest.mark.parametrize("field", ["ceil_mode: false", "round_below: true"])
def test_a_fork_s_field_is_refused_too(tmp_path: Path, field: str) -> None:
    sentence = fault(tmp_path, HEAD + CONVOLUTION % "" + POOLING % f"kernel_size: 6 {field}")
    assert f"pool: the field '{field.split(':')[0]}'" in sentence


def test_what_only_training_needs_changes_nothing(tmp_path: Path) -> None:
    filler = 'weight_filler { type: "gaussian" std: 0.01 } bias_filler { type: "constant" value: 0 } engine: CUDNN'
    text = CONVOLUTION.replace('top: "conv1"', 'top: "conv1" param { lr_mult: 1 decay_mult: 1 } propagate_down: true')
    assert read(tmp_path, HEAD + text % filler + POOLING % "global_pooling: true") == read(tmp_path, HEAD + NET)


@pytest.mark.parametrize(
    "rule",
    ["include { phase: TRAIN }", "exclude { phase: TEST }", 'include { stage: "a" }', "include { min_level: 1 }"],
)
def test_a_layer_of_training_alone_is_left_out(tmp_path: Path, rule: str) -> None:
    noise = f"""
        layer {{ name: "noise" type: "Pooling" bottom: "conv1" top: "conv1" {rule} pooling_param {{ kernel_size: 3 }} }}
        layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "pool" bottom: "label" top: "loss" {rule} }}
        layer {{ name: "data" type: "Data" top: "data" {rule} data_param {{ source: "x" backend: LMDB }} }}
        layer {{ name: "input" type: "Input" top: "data" {rule}
            input_param {{ shape {{ dim: 1 dim: 3 dim: 9 dim: 9 }} }} }}
    """
    convolution, pooling = CONVOLUTION % "", POOLING % "global_pooling: true"
    assert read(tmp_path, HEAD + convolution + noise + pooling) == read(tmp_path, HEAD + NET)


def test_a_layer_with_rules_of_both_kinds_is_refused_as_caffe_does(tmp_path: Path) -> None:
    rules = 'top: "conv1" include { phase: TEST } exclude { phase: TRAIN }'
    text = CONVOLUTION.replace('top: "conv1"', rules) % ""
    assert "conv1: it has include and exclude rules, of which Caffe takes one kind" in fault(tmp_path, HEAD + text)


@pytest.mark.parametrize("rule", ["include { phase: TEST }", "exclude { phase: TRAIN }", 'include { not_stage: "a" }'])
def test_a_layer_of_inference_stays(tmp_path: Path, rule: str) -> None:
    text = CONVOLUTION.replace('top: "conv1"', f'top: "conv1" {rule}') % ""
    assert read(tmp_path, HEAD + text + POOLING % "global_pooling: true") == read(tmp_path, HEAD + NET)


def test_a_file_s_own_stages_count(tmp_path: Path) -> None:
    deployed = CONVOLUTION.replace('top: "conv1"', 'top: "conv1" include { stage: "deploy" }') % ""
    training = POOLING.replace('"pool"', '"noise"') % "global_pooling: true"
    training = training.replace("pooling_param", 'exclude { stage: "deploy" } pooling_param')
    text = HEAD + 'state { stage: "deploy" }' + deployed + training + POOLING % "global_pooling: true"
    assert read(tmp_path, text) == read(tmp_path, HEAD + NET)
    rest = training.replace("exclude { stage", "include { not_stage")
    assert read(tmp_path, text.replace(training, rest)) == read(tmp_path, HEAD + NET)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ('type: "Pooling" bottom: "conv1" bottom: "data" top: "x" pooling_param { kernel_size: 3 }', "than one input"),
        ('type: "ReLU" bottom: "conv1" bottom: "conv1" top: "x"', "than one input"),
        ('type: "Dropout" bottom: "conv1" top: "conv1" phase: TRAIN', "phase: TRAIN"),
        ('type: "BatchNorm" bottom: "conv1" top: "conv1" phase: TRAIN', "phase: TRAIN"),
        ('type: "Dropout" bottom: "conv1" top: "conv1" dropout_param { scale_train: false }', "scale_train: false"),
        ('type: "BatchNorm" bottom: "conv1" top: "x" batch_norm_param { eps: inf }', "an eps that is not finite"),
        ('type: "LRN" bottom: "conv1" top: "x" lrn_param { alpha: nan }', "an alpha or a beta that is not finite"),
    ],
)
def test_what_would_be_computed_otherwise_than_caffe_does_is_refused(tmp_path: Path, layer: str, words: str) -> None:
    text = HEAD + CONVOLUTION % "" + f'layer {{ name: "odd" {layer} }}' + POOLING % "global_pooling: true"
    assert f"odd: {words}" in (sentence := fault(tmp_path, text)) or f"odd: more {words}" in sentence


@pytest.mark.parametrize(
    ("head", "there"),
    [
        ("", "none"),
        (HEAD.replace("input_dim: 3", "input_dim: 1"), "data of 1×1×8×8"),
        (HEAD.replace("input_dim: 1 ", ""), "data of 3×8×8"),
        (HEAD + 'input: "size" ', "data of 1×3×8×8, size of 1×3×8×8"),
    ],
)
def test_what_inputs_there_are_is_said(tmp_path: Path, head: str, there: str) -> None:
    assert f"given in the file; this one has {there});" in fault(tmp_path, head + NET)


def test_a_byte_order_mark_is_no_fault_and_another_encoding_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + HEAD + NET) == read(tmp_path, HEAD + NET)
    (tmp_path / "deploy.prototxt").write_bytes((HEAD + NET).encode("utf-16"))
    with pytest.raises(UserError, match="it is no text in UTF-8"):
        read_prototxt(tmp_path / "deploy.prototxt", "net")


@pytest.mark.parametrize("type", ["Data", "ImageData", "HDF5Data", "MemoryData", "WindowData", "DummyData"])
def test_a_data_layer_is_refused_by_its_name(tmp_path: Path, type: str) -> None:
    sentence = fault(tmp_path, f'layer {{ name: "images" type: "{type}" top: "data" }}' + NET)
    assert f"images: a layer of type {type} reads pictures for training" in sentence


@pytest.mark.parametrize(
    ("type", "name"), [("ELTWISE", "Eltwise"), ("SPLIT", "Split"), ("MVN", "MVN"), ("HDF5_OUTPUT", "HDF5Output")]
)
def test_a_type_of_v1_is_refused_by_v2_s_name_of_it(tmp_path: Path, type: str, name: str) -> None:
    param = "some_param { of: ITS } eltwise_param { operation: MAX }"
    sentence = fault(tmp_path, HEAD + f'layers {{ name: "maxout" type: {type} bottom: "data" top: "m" {param} }}')
    assert f"maxout: a layer of type {name} is not understood" in sentence


def test_v0_is_named_as_such(tmp_path: Path) -> None:
    for layer in ('name: "r" type: "relu"', 'name: "c" type: "conv" num_output: 4 kernelsize: 3'):
        assert "Caffe's oldest format (V0)" in fault(tmp_path, HEAD + f"layers {{ layer {{ {layer} }} }}")


def test_a_layer_without_a_name_or_a_type_is_refused_by_its_place(tmp_path: Path) -> None:
    unnamed = (CONVOLUTION % "").replace('name: "conv1"', "")
    assert "layer 1, of type Convolution, has no name" in fault(tmp_path, HEAD + unnamed)
    untyped = (CONVOLUTION % "").replace('type: "Convolution"', "")
    assert "conv1: it has no type" in fault(tmp_path, HEAD + untyped)


def test_a_picture_s_own_statistics_are_refused(tmp_path: Path) -> None:
    text = 'layer { name: "bn" type: "BatchNorm" bottom: "data" top: "b" batch_norm_param { use_global_stats: %s } }'
    assert "bn: use_global_stats: false" in fault(tmp_path, HEAD + text % "false")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("layer {" * 3000, "the field 'layer' in line 1 is not understood"),
        (HEAD + CONVOLUTION % "", "one probability for each class is wanted"),
        (HEAD + (CONVOLUTION % "").replace("num_output: 4", "num_output: 1000000000"), "more numbers than a board"),
        (HEAD + (CONVOLUTION % "").replace("num_output: 4", "num_output: 0"), "no output, or no group,"),
        (HEAD + CONVOLUTION % "stride: 0", "a kernel or a stride of 0"),
        (HEAD + CONVOLUTION % "group: 0", "no output, or no group,"),
        (HEAD.replace("input_dim: 8", "input_dim: 2000000000") + NET, "pixels are no picture"),
        (HEAD + NET.replace("conv1", "../../x\\n"), "which no layer has"),
        (HEAD + NET.replace("conv1", "x" * 300), "which no layer has"),
        ("#" * (5 << 20), "bytes long"),
    ],
)
def test_hostile_texts_are_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    assert words in fault(tmp_path, text)
