"""A TFLite file in the making: tensors, constants and operators, one after another, and the tables they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import flatbuffers
import numpy as np
from numpy.typing import NDArray

from bench.prepare.formats.tflite.schema import (
    ALIGNMENT,
    FLOAT32,
    IDENTIFIER,
    INT8,
    INT32,
    OLD_OPERATORS,
    OPERATORS,
    OPTIONS,
    TABLES,
    VERSION,
)
from bench.prepare.network.nodes import Shape

_TYPES = {np.dtype(np.float32): FLOAT32, np.dtype(np.int32): INT32, np.dtype(np.int8): INT8}


class Numbers(NamedTuple):
    """What the integers of a tensor stand for: (integer - zero) · scale.

    Attributes
    ----------
    scale, zero
        One for the whole tensor, or one for each place along `axis`.
    """

    scale: tuple[float, ...]
    zero: tuple[int, ...]
    axis: int = 0


class Table(NamedTuple):
    """A table of the schema, with values for some of its fields."""

    name: str
    values: dict[str, Any]


class TfliteFile:
    """One graph with one input and one output."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}
        self._buffers = [Table("Buffer", {})]  # the first one, which has no data, is that of tensors that are computed
        self._tensors: list[Table] = []
        self._operators: list[Table] = []
        self._numbers: dict[int, Numbers] = {}

    def tensor(self, shape: Shape, numbers: Optional[Numbers] = None) -> int:
        """Add a tensor that is computed, float32 or int8 that stands for `numbers`; return its number."""
        return self._tensor(shape, FLOAT32 if numbers is None else INT8, 0, numbers)

    def numbers(self, tensor: int) -> Optional[Numbers]:
        """Return what a tensor's integers stand for; None of what is float32."""
        return self._numbers.get(tensor)

    def constant(self, array: NDArray[Any], numbers: Optional[Numbers] = None) -> int:
        """Add a float32, int32 or int8 constant; return its number."""
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        self._buffers.append(Table("Buffer", {"data": np.frombuffer(little.tobytes(), np.uint8)}))
        return self._tensor(array.shape, _TYPES[array.dtype], len(self._buffers) - 1, numbers)

    def operator(
        self,
        name: str,
        inputs: list[int],
        shape: Shape,
        options: Optional[Table] = None,
        numbers: Optional[Numbers] = None,
    ) -> int:
        """Add an operator by its name in the schema; return the number of the tensor that it makes."""
        output = self.tensor(shape, numbers)
        code = self._codes.setdefault(OPERATORS[name], len(self._codes))
        values = {"opcode_index": code, "inputs": inputs, "outputs": [output]}
        if options is not None:
            values.update(builtin_options_type=OPTIONS[options.name], builtin_options=options)
        self._operators.append(Table("Operator", values))
        return output

    def finish(self, input: int, output: int, metadata: Mapping[str, str]) -> bytes:
        """Return the file; its metadata are texts by their names."""
        lists = {"tensors": self._tensors, "operators": self._operators}
        graph = Table("SubGraph", {**lists, "inputs": [input], "outputs": [output], "name": "main"})
        texts = [Table("Buffer", {"data": np.frombuffer(text.encode(), np.uint8)}) for text in metadata.values()]
        named = [
            Table("Metadata", {"name": name, "buffer": place})
            for place, name in enumerate(metadata, len(self._buffers))
        ]
        codes = [
            Table("OperatorCode", {"deprecated_builtin_code": min(code, OLD_OPERATORS), "builtin_code": code})
            for code in self._codes
        ]
        buffers = [*self._buffers, *texts]
        values = {"version": VERSION, "operator_codes": codes, "subgraphs": [graph], "buffers": buffers}
        values.update({"metadata": named} if named else {})
        builder = flatbuffers.Builder(sum(buffer.values["data"].nbytes for buffer in buffers[1:]) + 2**20)
        builder.Finish(_pack(builder, Table("Model", {**values, "description": "pi-dnn-bench"})), IDENTIFIER)
        return bytes(builder.Output())

    def _tensor(self, shape: Shape, kind: int, buffer: int, numbers: Optional[Numbers]) -> int:
        number = len(self._tensors)
        values = {"shape": list(shape), "type": kind, "buffer": buffer, "name": str(number), "has_rank": True}
        if numbers is not None:
            self._numbers[number] = numbers
            named = {"scale": numbers.scale, "zero_point": numbers.zero, "quantized_dimension": numbers.axis}
            values["quantization"] = Table("QuantizationParameters", named)
        self._tensors.append(Table("Tensor", values))
        return number


_VECTORS = {"numbers": "<i4", "longs": "<i8", "floats": "<f4"}


def _pack(builder: flatbuffers.Builder, table: Table) -> int:
    """Write a table, what it refers to first; return where it is."""
    fields = TABLES[table.name]
    offsets = {name: _pack_value(builder, fields[name].kind, value) for name, value in table.values.items()}
    builder.StartObject(max((field.slot for field in fields.values()), default=-1) + 1)
    for name, value in offsets.items():
        kind = fields[name].kind
        number = kind if kind[0].isupper() else "UOffsetTRelative"
        getattr(builder, f"Prepend{number}Slot")(fields[name].slot, value, 0)
    return int(builder.EndObject())


def _pack_value(builder: flatbuffers.Builder, kind: str, value: Any) -> Any:
    if kind == "table":
        return _pack(builder, value)
    if kind == "tables":
        offsets = [_pack(builder, table) for table in value]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    if kind == "string":
        return builder.CreateString(value)
    if kind in _VECTORS:
        return builder.CreateNumpyVector(np.array(value, _VECTORS[kind]))
    if kind == "bytes":
        builder.Prep(ALIGNMENT, value.nbytes)  # nothing comes between this and the vector's own
        return builder.CreateNumpyVector(value)
    return value
