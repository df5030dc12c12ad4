"""The part of Caffe's protobuf messages that inference needs, as message classes.

Field names, numbers and types are those of Caffe 1.0's `caffe.proto`; whatever is not listed here (fillers, learning
rates, data layers) is skipped when a file is read. The classes live in a descriptor pool of their own, so that they
never meet pycaffe's.
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

_MESSAGES = {
    "NetParameter": {
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
        "blobs": _many(7, "BlobProto"),
        **{field: _Field(number, message) for field, message, number, _ in _LAYER_PARAMETERS},
    },
    "V1LayerParameter": {
        "bottom": _many(2, "string"),
        "top": _many(3, "string"),
        "name": _Field(4, "string"),
        "type": _Field(5, "V1LayerType"),
        "blobs": _many(6, "BlobProto"),
        **{field: _Field(number, message) for field, message, _, number in _LAYER_PARAMETERS if number},
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
    },
    "BatchNormParameter": {"use_global_stats": _Field(1, "bool"), "eps": _Field(3, "float", "1e-5")},
    "ConcatParameter": {"concat_dim": _Field(1, "uint32", "1"), "axis": _Field(2, "int32", "1")},
    "ConvolutionParameter": {
        "num_output": _Field(1, "uint32"),
        "bias_term": _Field(2, "bool", "true"),
        "pad": _many(3, "uint32"),
        "kernel_size": _many(4, "uint32"),
        "group": _Field(5, "uint32", "1"),
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
    "EltwiseParameter": {"operation": _Field(1, "EltwiseOp", "SUM"), "coeff": _many(2, "float")},
    "InnerProductParameter": {
        "num_output": _Field(1, "uint32"),
        "bias_term": _Field(2, "bool", "true"),
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
        "global_pooling": _Field(12, "bool"),
        "round_mode": _Field(13, "RoundMode", "CEIL"),
    },
    "ReLUParameter": {"negative_slope": _Field(1, "float")},
    "ScaleParameter": {
        "axis": _Field(1, "int32", "1"),
        "num_axes": _Field(2, "int32", "1"),
        "bias_term": _Field(4, "bool"),
    },
    "SoftmaxParameter": {"axis": _Field(2, "int32", "1")},
}

_ENUMS = {
    "EltwiseOp": {"PROD": 0, "SUM": 1},
    "NormRegion": {"ACROSS_CHANNELS": 0, "WITHIN_CHANNEL": 1},
    "PoolMethod": {"MAX": 0, "AVE": 1, "STOCHASTIC": 2},
    "RoundMode": {"CEIL": 0, "FLOOR": 1},
    "V1LayerType": {
        "NONE": 0,
        "ACCURACY": 1,
        "CONCAT": 3,
        "CONVOLUTION": 4,
        "DATA": 5,
        "DROPOUT": 6,
        "INNER_PRODUCT": 14,
        "LRN": 15,
        "POOLING": 17,
        "RELU": 18,
        "SOFTMAX": 20,
        "SOFTMAX_LOSS": 21,
    },
}

V2_TYPE = {
    "CONCAT": "Concat",
    "CONVOLUTION": "Convolution",
    "DROPOUT": "Dropout",
    "INNER_PRODUCT": "InnerProduct",
    "LRN": "LRN",
    "POOLING": "Pooling",
    "RELU": "ReLU",
    "SOFTMAX": "Softmax",
}
"""V2's name of each V1 layer type that is understood."""


def _net_parameter() -> Any:
    field_proto = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="bench/caffe.proto", package=_PACKAGE, syntax="proto2")
    for name, values in _ENUMS.items():
        enum = file.enum_type.add(name=name)
        for label, number in values.items():
            enum.value.add(name=label, number=number)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for label, field in fields.items():
            proto = message.field.add(name=label, number=field.number)
            proto.label = field_proto.LABEL_REPEATED if field.repeated else field_proto.LABEL_OPTIONAL
            if field.type in _MESSAGES or field.type in _ENUMS:
                proto.type = field_proto.TYPE_MESSAGE if field.type in _MESSAGES else field_proto.TYPE_ENUM
                proto.type_name = f".{_PACKAGE}.{field.type}"
            else:
                proto.type = field_proto.Type.Value(f"TYPE_{field.type.upper()}")
            if field.default:
                proto.default_value = field.default
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.NetParameter"))


NetParameter: Any = _net_parameter()
"""Caffe's message for a network, in text (`.prototxt`) or binary (`.caffemodel`)."""
