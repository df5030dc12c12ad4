"""The part of Caffe's protobuf messages that networks for inference are written with, as message classes.

Field names, numbers and types are those of Caffe 1.0's `caffe.proto`. What training alone needs (fillers, learning
rates, data layers) is listed too, as far as published files have it: a field of a prototxt that is not listed is
refused, because it may change what a layer does. The classes live in a descriptor pool of their own, so that they never
meet pycaffe's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "bench.caffe"


class _Field(NamedTuple):
    number: int
    type: str
    default: str = ""
    repeated: bool = False


def _many(number: int, type: str) -> _Field:
    return _Field(number, type, repeated=True)


_LAYER_PARAMETERS = (
    # field, message, number in V2 `layer`, number in V1 `layers` (0 where V1 has none)
    ("batch_norm_param", "BatchNormParameter", 139, 0),
    ("concat_param", "ConcatParameter", 104, 9),
    ("convolution_param", "ConvolutionParameter", 106, 10),
    ("eltwise_param", "EltwiseParameter", 110, 24),
    ("inner_product_param", "InnerProductParameter", 117, 17),
    ("input_param", "InputParameter", 143, 0),
    ("lrn_param", "LRNParameter", 118, 18),
    ("pooling_param", "PoolingParameter", 121, 19),
    ("relu_param", "ReLUParameter", 123, 30),
    ("scale_param", "ScaleParameter", 142, 0),
    ("softmax_param", "SoftmaxParameter", 125, 39),
)

_TRAINING_PARAMETERS = (
    ("accuracy_param", "AccuracyParameter", 102, 27),
    ("data_param", "DataParameter", 107, 11),
    ("dropout_param", "DropoutParameter", 108, 12),
    ("hdf5_data_param", "HDF5DataParameter", 112, 13),
    ("image_data_param", "ImageDataParameter", 115, 15),
    ("loss_param", "LossParameter", 101, 42),
    ("memory_data_param", "MemoryDataParameter", 119, 22),
    ("python_param", "PythonParameter", 130, 0),
    ("transform_param", "TransformationParameter", 100, 36),
)
"""Of layers, and parts of layers, that a network for inference does without."""

_ENGINE = "Engine"
"""Which of Caffe's own implementations computes a layer: they give the same."""

_MESSAGES = {
    "NetParameter": {
        "force_backward": _Field(5, "bool"),
        "state": _Field(6, "NetState"),
        "debug_info": _Field(7, "bool"),
        "name": _Field(1, "string"),
        "layers": _many(2, "V1LayerParameter"),
        "input": _many(3, "string"),
        "input_dim": _many(4, "int32"),
        "input_shape": _many(8, "BlobShape"),
        "layer": _many(100, "LayerParameter"),
    },
    "LayerParameter": {
        "name": _Field(1, "string"),
        "type": _Field(2, "string"),
        "bottom": _many(3, "string"),
        "top": _many(4, "string"),
        "loss_weight": _many(5, "float"),
        "param": _many(6, "ParamSpec"),
        "blobs": _many(7, "BlobProto"),
        "include": _many(8, "NetStateRule"),
        "exclude": _many(9, "NetStateRule"),
        "phase": _Field(10, "Phase"),
        "propagate_down": _many(11, "bool"),
        **{field: _Field(number, message) for field, message, number, _ in _LAYER_PARAMETERS},
        **{field: _Field(number, message) for field, message, number, _ in _TRAINING_PARAMETERS},
    },
    "V1LayerParameter": {
        "bottom": _many(2, "string"),
        "top": _many(3, "string"),
        "name": _Field(4, "string"),
        "type": _Field(5, "V1LayerType"),
        "blobs": _many(6, "BlobProto"),
        "layer": _Field(1, "V0LayerParameter"),
        "blobs_lr": _many(7, "float"),
        "weight_decay": _many(8, "float"),
        "include": _many(32, "NetStateRule"),
        "exclude": _many(33, "NetStateRule"),
        "loss_weight": _many(35, "float"),
        "param": _many(1001, "string"),
        **{field: _Field(number, message) for field, message, _, number in _LAYER_PARAMETERS if number},
        **{field: _Field(number, message) for field, message, _, number in _TRAINING_PARAMETERS if number},
    },
    "V0LayerParameter": {"name": _Field(1, "string"), "type": _Field(2, "string")},
    "NetState": {"phase": _Field(1, "Phase", "TEST"), "level": _Field(2, "int32"), "stage": _many(3, "string")},
    "NetStateRule": {
        "phase": _Field(1, "Phase"),
        "min_level": _Field(2, "int32"),
        "max_level": _Field(3, "int32"),
        "stage": _many(4, "string"),
        "not_stage": _many(5, "string"),
    },
    "ParamSpec": {
        "name": _Field(1, "string"),
        "share_mode": _Field(2, "ShareMode"),
        "lr_mult": _Field(3, "float"),
        "decay_mult": _Field(4, "float"),
    },
    "FillerParameter": {
        "type": _Field(1, "string"),
        "value": _Field(2, "float"),
        "min": _Field(3, "float"),
        "max": _Field(4, "float"),
        "mean": _Field(5, "float"),
        "std": _Field(6, "float"),
        "sparse": _Field(7, "int32"),
        "variance_norm": _Field(8, "VarianceNorm"),
    },
    "AccuracyParameter": {
        "top_k": _Field(1, "uint32"),
        "axis": _Field(2, "int32"),
        "ignore_label": _Field(3, "int32"),
    },
    "DataParameter": {
        "source": _Field(1, "string"),
        "scale": _Field(2, "float"),
        "mean_file": _Field(3, "string"),
        "batch_size": _Field(4, "uint32"),
        "crop_size": _Field(5, "uint32"),
        "mirror": _Field(6, "bool"),
        "rand_skip": _Field(7, "uint32"),
        "backend": _Field(8, "Database"),
        "prefetch": _Field(10, "uint32"),
    },
    "DropoutParameter": {"dropout_ratio": _Field(1, "float"), "scale_train": _Field(2, "bool", "true")},
    "HDF5DataParameter": {
        "source": _Field(1, "string"),
        "batch_size": _Field(2, "uint32"),
        "shuffle": _Field(3, "bool"),
    },
    "ImageDataParameter": {
        "source": _Field(1, "string"),
        "batch_size": _Field(4, "uint32"),
        "rand_skip": _Field(7, "uint32"),
        "shuffle": _Field(8, "bool"),
        "new_height": _Field(9, "uint32"),
        "new_width": _Field(10, "uint32"),
        "is_color": _Field(11, "bool"),
        "root_folder": _Field(12, "string"),
    },
    "LossParameter": {
        "ignore_label": _Field(1, "int32"),
        "normalize": _Field(2, "bool"),
        "normalization": _Field(3, "Normalization"),
    },
    "MemoryDataParameter": {
        "batch_size": _Field(1, "uint32"),
        "channels": _Field(2, "uint32"),
        "height": _Field(3, "uint32"),
        "width": _Field(4, "uint32"),
    },
    "PythonParameter": {
        "module": _Field(1, "string"),
        "layer": _Field(2, "string"),
        "param_str": _Field(3, "string"),
        "share_in_parallel": _Field(4, "bool"),
    },
    "TransformationParameter": {
        "scale": _Field(1, "float"),
        "mirror": _Field(2, "bool"),
        "crop_size": _Field(3, "uint32"),
        "mean_file": _Field(4, "string"),
        "mean_value": _many(5, "float"),
        "force_color": _Field(6, "bool"),
        "force_gray": _Field(7, "bool"),
    },
    "BlobShape": {"dim": _many(1, "int64")},
    "BlobProto": {
        "num": _Field(1, "int32"),
        "channels": _Field(2, "int32"),
        "height": _Field(3, "int32"),
        "width": _Field(4, "int32"),
        # Caffe declares packed floats. On the wire those are one run of little-endian bytes, and declared as bytes
        # they are read and written without a Python object for each of millions of numbers.
        "data": _Field(5, "bytes"),
        "shape": _Field(7, "BlobShape"),
        "double_data": _Field(8, "bytes"),
    },
    "BatchNormParameter": {
        "use_global_stats": _Field(1, "bool", "true"),
        "moving_average_fraction": _Field(2, "float"),
        "eps": _Field(3, "float", "1e-5"),
    },
    "ConcatParameter": {"concat_dim": _Field(1, "uint32", "1"), "axis": _Field(2, "int32", "1")},
    "ConvolutionParameter": {
        "num_output": _Field(1, "uint32"),
        "bias_term": _Field(2, "bool", "true"),
        "pad": _many(3, "uint32"),
        "kernel_size": _many(4, "uint32"),
        "group": _Field(5, "uint32", "1"),
        "weight_filler": _Field(7, "FillerParameter"),
        "bias_filler": _Field(8, "FillerParameter"),
        "engine": _Field(15, _ENGINE),
        "force_nd_im2col": _Field(17, "bool"),
        "stride": _many(6, "uint32"),
        "pad_h": _Field(9, "uint32"),
        "pad_w": _Field(10, "uint32"),
        "kernel_h": _Field(11, "uint32"),
        "kernel_w": _Field(12, "uint32"),
        "stride_h": _Field(13, "uint32"),
        "stride_w": _Field(14, "uint32"),
        "axis": _Field(16, "int32", "1"),
        "dilation": _many(18, "uint32"),
    },
    "EltwiseParameter": {
        "operation": _Field(1, "EltwiseOp", "SUM"),
        "coeff": _many(2, "float"),
        "stable_prod_grad": _Field(3, "bool"),
    },
    "InnerProductParameter": {
        "num_output": _Field(1, "uint32"),
        "bias_term": _Field(2, "bool", "true"),
        "weight_filler": _Field(3, "FillerParameter"),
        "bias_filler": _Field(4, "FillerParameter"),
        "axis": _Field(5, "int32", "1"),
        "transpose": _Field(6, "bool"),
    },
    "InputParameter": {"shape": _many(1, "BlobShape")},
    "LRNParameter": {
        "local_size": _Field(1, "uint32", "5"),
        "alpha": _Field(2, "float", "1"),
        "beta": _Field(3, "float", "0.75"),
        "norm_region": _Field(4, "NormRegion", "ACROSS_CHANNELS"),
        "k": _Field(5, "float", "1"),
        "engine": _Field(6, _ENGINE),
    },
    "PoolingParameter": {
        "pool": _Field(1, "PoolMethod", "MAX"),
        "kernel_size": _Field(2, "uint32"),
        "stride": _Field(3, "uint32", "1"),
        "pad": _Field(4, "uint32"),
        "kernel_h": _Field(5, "uint32"),
        "kernel_w": _Field(6, "uint32"),
        "stride_h": _Field(7, "uint32"),
        "stride_w": _Field(8, "uint32"),
        "pad_h": _Field(9, "uint32"),
        "pad_w": _Field(10, "uint32"),
        "engine": _Field(11, _ENGINE),
        "global_pooling": _Field(12, "bool"),
        "round_mode": _Field(13, "RoundMode", "CEIL"),
    },
    "ReLUParameter": {"negative_slope": _Field(1, "float"), "engine": _Field(2, _ENGINE)},
    "ScaleParameter": {
        "axis": _Field(1, "int32", "1"),
        "num_axes": _Field(2, "int32", "1"),
        "filler": _Field(3, "FillerParameter"),
        "bias_term": _Field(4, "bool"),
        "bias_filler": _Field(5, "FillerParameter"),
    },
    "SoftmaxParameter": {"engine": _Field(1, _ENGINE), "axis": _Field(2, "int32", "1")},
}

_ENUMS = {
    "EltwiseOp": {"PROD": 0, "SUM": 1, "MAX": 2},
    "NormRegion": {"ACROSS_CHANNELS": 0, "WITHIN_CHANNEL": 1},
    "PoolMethod": {"MAX": 0, "AVE": 1, "STOCHASTIC": 2},
    "RoundMode": {"CEIL": 0, "FLOOR": 1},
    "Database": {"LEVELDB": 0, "LMDB": 1},
    _ENGINE: {"DEFAULT": 0, "CAFFE": 1, "CUDNN": 2},
    "Normalization": {"FULL": 0, "VALID": 1, "BATCH_SIZE": 2, "NONE": 3},
    "Phase": {"TRAIN": 0, "TEST": 1},
    "ShareMode": {"STRICT": 0, "PERMISSIVE": 1},
    "VarianceNorm": {"FAN_IN": 0, "FAN_OUT": 1, "AVERAGE": 2},
    "V1LayerType": {
        "NONE": 0,
        "ABSVAL": 35,
        "ACCURACY": 1,
        "ARGMAX": 30,
        "BNLL": 2,
        "CONCAT": 3,
        "CONTRASTIVE_LOSS": 37,
        "CONVOLUTION": 4,
        "DATA": 5,
        "DECONVOLUTION": 39,
        "DROPOUT": 6,
        "DUMMY_DATA": 32,
        "ELTWISE": 25,
        "EUCLIDEAN_LOSS": 7,
        "EXP": 38,
        "FLATTEN": 8,
        "HDF5_DATA": 9,
        "HDF5_OUTPUT": 10,
        "HINGE_LOSS": 28,
        "IM2COL": 11,
        "IMAGE_DATA": 12,
        "INFOGAIN_LOSS": 13,
        "INNER_PRODUCT": 14,
        "LRN": 15,
        "MEMORY_DATA": 29,
        "MULTINOMIAL_LOGISTIC_LOSS": 16,
        "MVN": 34,
        "POOLING": 17,
        "POWER": 26,
        "RELU": 18,
        "SIGMOID": 19,
        "SIGMOID_CROSS_ENTROPY_LOSS": 27,
        "SILENCE": 36,
        "SLICE": 33,
        "SOFTMAX": 20,
        "SOFTMAX_LOSS": 21,
        "SPLIT": 22,
        "TANH": 23,
        "THRESHOLD": 31,
        "WINDOW_DATA": 24,
    },
}

_SPELLED_OTHERWISE = {
    "ABSVAL": "AbsVal",
    "ARGMAX": "ArgMax",
    "BNLL": "BNLL",
    "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output",
    "LRN": "LRN",
    "MVN": "MVN",
    "NONE": "",
    "RELU": "ReLU",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "TANH": "TanH",
}

V2_TYPE = {name: _SPELLED_OTHERWISE.get(name, name.title().replace("_", "")) for name in _ENUMS["V1LayerType"]}
"""V2's name of each V1 layer type."""


def _scope(enum: str) -> str:
    """Return the message around an enum, without which two could not have a value of one name."""
    return f"Of{enum}"


def _net_parameter() -> Any:
    field_proto = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="bench/caffe.proto", package=_PACKAGE, syntax="proto2")
    for name, values in _ENUMS.items():
        enum = file.message_type.add(name=_scope(name)).enum_type.add(name=name)
        for label, number in values.items():
            enum.value.add(name=label, number=number)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for label, field in fields.items():
            proto = message.field.add(name=label, number=field.number)
            proto.label = field_proto.LABEL_REPEATED if field.repeated else field_proto.LABEL_OPTIONAL
            if field.type in _MESSAGES or field.type in _ENUMS:
                proto.type = field_proto.TYPE_MESSAGE if field.type in _MESSAGES else field_proto.TYPE_ENUM
                scope = f"{_scope(field.type)}." if field.type in _ENUMS else ""
                proto.type_name = f".{_PACKAGE}.{scope}{field.type}"
            else:
                proto.type = field_proto.Type.Value(f"TYPE_{field.type.upper()}")
            if field.default:
                proto.default_value = field.default
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.NetParameter"))


NetParameter: Any = _net_parameter()
"""Caffe's message for a network, in text (`.prototxt`) or binary (`.caffemodel`)."""
