"""Reads and writes the arrays of a network as a Caffe caffemodel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from bench.errors import UserError
from bench.prepare.formats.caffe_schema import NetParameter
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import BatchNorm, Node, Shape
from bench.prepare.network.weights import Weights

_FACTOR = "scale factor"
_DATA, _FIXED_32 = 5, 5
"""The field of floats, and how protobuf marks one that stands alone."""


def read_caffemodel(path: Path, graph: Graph) -> dict[str, npt.NDArray[np.float32]]:
    """Read the arrays of a graph from a caffemodel of either format, matched by the layers' names.

    Layers that the graph does not have are passed over, as Caffe does: a published caffemodel is often the training
    network, with its data, loss and auxiliary layers.

    Returns
    -------
    dict of str to float32 array
        In the order and shapes of `graph.params`.

    Raises
    ------
    UserError
        If the file can't be read, or a layer's arrays are missing, too many, of another shape or not finite.
    """
    try:
        net = NetParameter.FromString(path.read_bytes())
        blobs = _blobs_by_layer(net)
        nodes = [node for node in graph.nodes if node.params]
        return {name: array for node in nodes for name, array in _read_arrays(node, blobs.get(node.name, ())).items()}
    except DecodeError as error:
        raise UserError(f"{path} is damaged or no caffemodel; get the file anew") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path} can't be used ({error}); get the weights of this very network") from error


def write_caffemodel(path: Path, graph: Graph, weights: Weights) -> None:
    """Write the arrays of a graph as a caffemodel of the V2 format: equal arrays give equal bytes."""
    net = NetParameter(name=graph.name)
    for node in graph.nodes:
        if not node.params:
            continue
        arrays = [weights[name] for name in node.params]
        if isinstance(node, BatchNorm):
            arrays.append(np.ones(1, np.float32))
        layer = net.layer.add(name=node.name, type=node.op)
        for array in arrays:
            layer.blobs.add(shape={"dim": array.shape}, data=array.astype("<f4").tobytes())
    path.write_bytes(net.SerializeToString(deterministic=True))


def _blobs_by_layer(net: Any) -> dict[str, Any]:
    """Return each layer's arrays; raises ValueError if two layers of one name hold different ones."""
    blobs: dict[str, Any] = {}
    for layer in (*net.layer, *net.layers):
        if layer.blobs and list(blobs.setdefault(layer.name, layer.blobs)) != list(layer.blobs):
            raise ValueError(f"two layers {layer.name} hold different arrays")
    return blobs


def _read_arrays(node: Node, blobs: Sequence[Any]) -> dict[str, npt.NDArray[np.float32]]:
    wanted = dict(node.params)
    if isinstance(node, BatchNorm):
        wanted[_FACTOR] = (1,)
    if len(blobs) != len(wanted):
        raise ValueError(f"layer {node.name} has {len(blobs)} arrays instead of {len(wanted)}")
    arrays = {name: _read_array(name, blob, shape) for blob, (name, shape) in zip(blobs, wanted.items())}
    if isinstance(node, BatchNorm):
        # Caffe stores sums of the statistics, and in the factor over how many batches (Caffe 1.0, BatchNormLayer).
        factor = arrays.pop(_FACTOR)[0]
        arrays = {name: array / factor if factor else np.zeros_like(array) for name, array in arrays.items()}
    return arrays


def _read_array(name: str, blob: Any, shape: Shape) -> npt.NDArray[np.float32]:
    stored = tuple(blob.shape.dim) or (blob.num, blob.channels, blob.height, blob.width)
    # Older files fill every shape up to 4 dimensions with leading ones.
    while len(stored) > len(shape) and stored[0] == 1:
        stored = stored[1:]
    if stored != shape:
        raise ValueError(f"{name} has the shape {stored} instead of {shape}")
    numbers = _numbers(blob)
    if numbers.size != prod(shape):
        raise ValueError(f"{name} holds {numbers.size:,} numbers instead of {prod(shape):,}")
    with np.errstate(over="ignore"):  # a double that no float32 holds is not finite below
        array = numbers.astype(np.float32).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return array


def _numbers(blob: Any) -> npt.NDArray[Any]:
    """Return a blob's numbers as stored: packed doubles, which Caffe prefers, or floats, or those one by one."""
    for field, dtype in ((blob.double_data, np.dtype("<f8")), (blob.data, np.dtype("<f4"))):
        if field:
            if len(field) % dtype.itemsize:
                raise ValueError("an array ends in the middle of a number")
            return np.frombuffer(field, dtype=dtype)
    single = [
        one.data
        for one in UnknownFieldSet(blob)  # type: ignore[attr-defined]
        if one.field_number == _DATA and one.wire_type == _FIXED_32
    ]
    return np.array(single, dtype=np.uint32).view(np.float32)
