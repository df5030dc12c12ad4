"""A TFLite file in the making, by the schema that LiteRT ships: tensors, constants and operators, one after another."""

from __future__ import annotations

from typing import Any, Optional

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from bench.prepare.network.nodes import Shape

VERSION = 3
IDENTIFIER = b"TFL3"
ALIGNMENT = 16
"""Of a constant, in bytes: the schema wants it, and the Python code generated from it does not see to it."""

_TYPES = {np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.int32): schema.TensorType.INT32}
_OLD_CODES = 127
"""How many operators the first field for their code had room for."""


class Flatbuffer:
    """One graph with one input and one output."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}
        self._buffers = [schema.BufferT()]  # the first one, which has no data, is that of tensors that are computed
        self._graph = schema.SubGraphT(tensors=[], operators=[], name="main")

    def tensor(self, shape: Shape) -> int:
        """Add a float32 tensor that is computed; return its number."""
        return self._tensor(shape, schema.TensorType.FLOAT32, 0)

    def constant(self, array: NDArray[Any]) -> int:
        """Add a float32 or int32 constant; return its number."""
        data = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
        self._buffers.append(schema.BufferT(data=data))
        return self._tensor(array.shape, _TYPES[array.dtype], len(self._buffers) - 1)

    def operator(self, name: str, inputs: list[int], shape: Shape, options: Optional[Any] = None) -> int:
        """Add an operator by its name in the schema; return the number of the tensor that it makes."""
        code = getattr(schema.BuiltinOperator, name)
        operator = schema.OperatorT(opcodeIndex=self._codes.setdefault(code, len(self._codes)), inputs=inputs)
        if options is not None:
            kind = type(options).__name__[: -len("T")]
            operator.builtinOptionsType, operator.builtinOptions = getattr(schema.BuiltinOptions, kind), options
        self._graph.operators.append(operator)
        operator.outputs = [self.tensor(shape)]
        return int(operator.outputs[0])

    def finish(self, input: int, output: int) -> bytes:
        """Return the file."""
        self._graph.inputs, self._graph.outputs = [input], [output]
        codes = [
            schema.OperatorCodeT(deprecatedBuiltinCode=min(code, _OLD_CODES), builtinCode=code) for code in self._codes
        ]
        model = schema.ModelT(
            version=VERSION,
            operatorCodes=codes,
            subgraphs=[self._graph],
            buffers=self._buffers,
            description="pi-dnn-bench",
        )
        builder = _Builder(sum(buffer.data.nbytes for buffer in self._buffers[1:]) + 2**20)
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())

    def _tensor(self, shape: Shape, kind: int, buffer: int) -> int:
        number = len(self._graph.tensors)
        self._graph.tensors.append(
            schema.TensorT(shape=list(shape), type=kind, buffer=buffer, name=str(number), hasRank=True)
        )
        return number


class _Builder(flatbuffers.Builder):  # type: ignore[misc]
    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:  # noqa: N802, N803
        return int(super().StartVector(elemSize, numElems, max(alignment, ALIGNMENT)))
