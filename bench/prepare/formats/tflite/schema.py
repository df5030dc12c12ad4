"""The part of TFLite's schema that the writer needs: tables, their fields' places, and numbers of operators.

Names and numbers are those of version 3 of `schema.fbs`:
https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/compiler/mlir/lite/schema/schema.fbs. Fields that are
not listed here are never written, and so have their defaults. (LiteRT's wheel has code for this, of 20,000 lines; its
predecessor for 32-bit ARM has none, and whoever prepares a model has neither.)
"""

from __future__ import annotations

from typing import NamedTuple

VERSION = 3
IDENTIFIER = b"TFL3"
ALIGNMENT = 16
"""Of a constant, in bytes."""

SAME, VALID = 0, 1
"""Padding."""

FLOAT32, INT32, INT8 = 0, 2, 9
"""Types of a tensor."""

NONE, RELU, RELU6 = 0, 1, 3
"""What an operator can end in."""

IN_HALF = {"reduced_precision_support": "fp16accfp16"}
"""The metadata of a file that XNNPACK may compute in float16, sums too: it does so where the processor can.

https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/lite/delegates/xnnpack/README.md
"""


class Field(NamedTuple):
    """One field of a table.

    Attributes
    ----------
    kind
        A number's type in flatbuffers' words, or `string`, `bytes`, `numbers` (int32), `longs` (int64), `floats`
        (float32), `table`, `tables`.
    """

    slot: int
    kind: str


TABLES = {
    "Model": {
        "version": Field(0, "Uint32"),
        "operator_codes": Field(1, "tables"),
        "subgraphs": Field(2, "tables"),
        "description": Field(3, "string"),
        "buffers": Field(4, "tables"),
        "metadata": Field(6, "tables"),
    },
    "OperatorCode": {"deprecated_builtin_code": Field(0, "Int8"), "builtin_code": Field(3, "Int32")},
    "SubGraph": {
        "tensors": Field(0, "tables"),
        "inputs": Field(1, "numbers"),
        "outputs": Field(2, "numbers"),
        "operators": Field(3, "tables"),
        "name": Field(4, "string"),
    },
    "Tensor": {
        "shape": Field(0, "numbers"),
        "type": Field(1, "Int8"),
        "buffer": Field(2, "Uint32"),
        "name": Field(3, "string"),
        "quantization": Field(4, "table"),
        "has_rank": Field(8, "Bool"),
    },
    "QuantizationParameters": {
        "scale": Field(2, "floats"),
        "zero_point": Field(3, "longs"),
        "quantized_dimension": Field(6, "Int32"),
    },
    "Buffer": {"data": Field(0, "bytes")},
    "Metadata": {"name": Field(0, "string"), "buffer": Field(1, "Uint32")},
    "Operator": {
        "opcode_index": Field(0, "Uint32"),
        "inputs": Field(1, "numbers"),
        "outputs": Field(2, "numbers"),
        "builtin_options_type": Field(3, "Uint8"),
        "builtin_options": Field(4, "table"),
    },
    "Conv2DOptions": {
        "padding": Field(0, "Int8"),
        "stride_w": Field(1, "Int32"),
        "stride_h": Field(2, "Int32"),
        "fused_activation_function": Field(3, "Int8"),
    },
    "DepthwiseConv2DOptions": {
        "padding": Field(0, "Int8"),
        "stride_w": Field(1, "Int32"),
        "stride_h": Field(2, "Int32"),
        "depth_multiplier": Field(3, "Int32"),
        "fused_activation_function": Field(4, "Int8"),
    },
    "Pool2DOptions": {
        "padding": Field(0, "Int8"),
        "stride_w": Field(1, "Int32"),
        "stride_h": Field(2, "Int32"),
        "filter_width": Field(3, "Int32"),
        "filter_height": Field(4, "Int32"),
    },
    "FullyConnectedOptions": {"fused_activation_function": Field(0, "Int8")},
    "SoftmaxOptions": {"beta": Field(0, "Float32")},
    "ConcatenationOptions": {"axis": Field(0, "Int32")},
    "AddOptions": {"fused_activation_function": Field(0, "Int8")},
    "MulOptions": {"fused_activation_function": Field(0, "Int8")},
    "LocalResponseNormalizationOptions": {
        "radius": Field(0, "Int32"),
        "bias": Field(1, "Float32"),
        "alpha": Field(2, "Float32"),
        "beta": Field(3, "Float32"),
    },
    "ReshapeOptions": {"new_shape": Field(0, "numbers")},
    "PadOptions": {},
    "PadV2Options": {},
    "TransposeOptions": {},
    "MaximumMinimumOptions": {},
    "SliceOptions": {},
    "HardSwishOptions": {},
    "ReducerOptions": {"keep_dims": Field(0, "Bool")},
}

OPTIONS = {
    "Conv2DOptions": 1,
    "DepthwiseConv2DOptions": 2,
    "Pool2DOptions": 5,
    "FullyConnectedOptions": 8,
    "SoftmaxOptions": 9,
    "ConcatenationOptions": 10,
    "AddOptions": 11,
    "LocalResponseNormalizationOptions": 13,
    "ReshapeOptions": 17,
    "MulOptions": 21,
    "PadOptions": 22,
    "TransposeOptions": 26,
    "ReducerOptions": 27,
    "MaximumMinimumOptions": 39,
    "PadV2Options": 43,
    "SliceOptions": 48,
    "HardSwishOptions": 91,
}
"""The number of each operator's options within the union of all (BuiltinOptions)."""

OPERATORS = {
    "ADD": 0,
    "AVERAGE_POOL_2D": 1,
    "CONCATENATION": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "DEQUANTIZE": 6,
    "FULLY_CONNECTED": 9,
    "LOCAL_RESPONSE_NORMALIZATION": 13,
    "LOGISTIC": 14,
    "MAX_POOL_2D": 17,
    "MUL": 18,
    "RELU": 19,
    "RELU_N1_TO_1": 20,
    "RELU6": 21,
    "RESHAPE": 22,
    "SOFTMAX": 25,
    "PAD": 34,
    "TRANSPOSE": 39,
    "MEAN": 40,
    "MAXIMUM": 55,
    "MINIMUM": 57,
    "PADV2": 60,
    "SLICE": 65,
    "QUANTIZE": 114,
    "HARD_SWISH": 117,
    "RELU_0_TO_1": 152,
}
"""The number of each operator (BuiltinOperator)."""

OLD_OPERATORS = 127
"""The largest number that the deprecated field for it can hold."""
