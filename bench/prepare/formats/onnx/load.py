"""Opens an ONNX file of a classifier, and refuses what could not be read as one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

from bench.errors import UserError
from bench.prepare.network.nodes import Pair

MAX_BYTES = 1 << 30
"""Beyond any classifier that runs on a Raspberry Pi; protobuf itself ends at twice that."""

MIN_OPSET = 7
"""From which on operators broadcast as NumPy does, and a batch normalisation has its own epsilon (ONNX 1.2, 2018)."""


class OnnxFile(NamedTuple):
    """An ONNX file with one image as its input, and one output.

    Attributes
    ----------
    nodes
        Those that the output depends on, in an order in which they can be computed.
    batch
        How many images the file computes at once; 1 where it leaves that open.
    """

    path: Path
    graph: GraphProto
    nodes: tuple[NodeProto, ...]
    opset: int
    input: str
    output: str
    batch: int
    size: Pair


def load_onnx(path: Path) -> OnnxFile:
    """Open an ONNX file.

    Raises
    ------
    UserError
        If it can't be read, is damaged, keeps numbers elsewhere, or has not one input of (batch, 3, height, width)
        float32 and one output.
    """
    model = _parse(path)
    graph = model.graph
    opsets = [opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")]
    if not opsets or opsets[0] < MIN_OPSET:
        raise _refusal(
            path, f"is of opset {opsets[0] if opsets else 'unknown'}", f"export it with opset {MIN_OPSET} or later"
        )
    outside = [tensor.name for tensor in graph.initializer if tensor.data_location == TensorProto.EXTERNAL]
    if outside:
        raise _refusal(
            path,
            f"keeps its weights in another file ({outside[0]} among them)",
            "save it as one file; PyTorch does with external_data=False",
        )
    for value in graph.output:
        value.type.tensor_type.shape.SetInParent()  # which some exporters leave out, and the checker wants
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise _refusal(path, f"is no valid ONNX model ({reason[:200]})", "export it anew") from error
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    _require_one(path, "input", inputs)
    _require_one(path, "output", graph.output)
    batch, size = _image(path, inputs[0])
    nodes = _needed(graph, graph.output[0].name)
    return OnnxFile(path, graph, nodes, opsets[0], inputs[0].name, graph.output[0].name, batch, size)


def _parse(path: Path) -> ModelProto:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refusal(path, f"is {size:,} bytes", f"files of up to {MAX_BYTES:,} bytes are read")
        model = onnx.load_model_from_string(path.read_bytes())
    except OSError as error:
        raise _refusal(path, f"can't be read ({error.strerror})", "give the path of an ONNX file") from error
    except (DecodeError, ValueError) as error:
        raise _refusal(path, "is damaged or no ONNX file", "get it anew") from error
    if not model.graph.node:
        raise _refusal(path, "is damaged or no ONNX file: it holds no network", "get it anew")
    return model


def _require_one(path: Path, kind: str, values: Iterable[ValueInfoProto]) -> None:
    names = [value.name for value in values]
    if len(names) != 1:
        raise _refusal(path, f"has {len(names)} {kind}s ({', '.join(names)})", f"export a classifier with one {kind}")


def _image(path: Path, value: ValueInfoProto) -> tuple[int, Pair]:
    tensor = value.type.tensor_type
    shape = [axis.dim_value or axis.dim_param or "?" for axis in tensor.shape.dim]
    text = f"({', '.join(map(str, shape))})"
    if tensor.elem_type != TensorProto.FLOAT:
        kind = TensorProto.DataType.Name(tensor.elem_type).lower()
        raise _refusal(path, f"takes {kind} numbers as {value.name}", "export it with a float32 input")
    if len(shape) != 4 or shape[1] != 3:
        raise _refusal(path, f"takes {value.name} of {text}", "export it for images of (1, 3, height, width)")
    batch, _, height, width = shape
    if not (isinstance(height, int) and isinstance(width, int)):
        raise _refusal(path, f"leaves the size of its input {value.name} {text} open", "export it with a fixed size")
    return batch if isinstance(batch, int) else 1, (height, width)


def _needed(graph: GraphProto, output: str) -> tuple[NodeProto, ...]:
    """Return the nodes that an output depends on: ONNX keeps them in an order in which they can be computed."""
    needed, wanted = [], {output}
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            needed.append(node)
            wanted.update(node.input)
    return tuple(reversed(needed))


def _refusal(path: Path, what: str, fix: str) -> UserError:
    return UserError(f"{path} {what}; {fix}")
