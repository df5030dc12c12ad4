"""Reads a Caffe prototxt, of today's V2 format or the older V1, as a neutral graph."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from bench.errors import UserError
from bench.prepare.formats.caffe_schema import V2_TYPE, NetParameter
from bench.prepare.formats.prototxt_layers import LAYERS, require
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph

_LARGEST = 4 << 20
"""Bytes; the largest published ones have a tenth of that."""

_LONGEST_NAME = 200
_LONGEST_FAULT = 400
_TEST = 1
_V0 = "it is of Caffe's oldest format (V0), which Caffe's own upgrade_net_proto_text makes into a newer one"


def read_prototxt(prototxt: Path, name: str) -> Graph:
    """Read a deploy.prototxt.

    Parameters
    ----------
    prototxt : Path
        A network for inference, which has an input and no data or loss layers. Its batch size does not matter.
    name : str
        What to call the graph.

    Returns
    -------
    Graph
        Always with a softmax at its end (`GraphBuilder.build`).

    Raises
    ------
    UserError
        If the file can't be read, or holds a layer that is not understood.
    """
    text = ""
    try:
        if prototxt.stat().st_size > _LARGEST:
            raise ValueError(f"it is {prototxt.stat().st_size:,} bytes long")
        text = prototxt.read_text(encoding="utf-8-sig")
        return _graph(text_format.Parse(text, NetParameter()), name)
    except text_format.ParseError as error:
        fault = _of_type(text) or _in_layer(text, error)
    except UnicodeDecodeError:
        fault = "it is no text in UTF-8"
    except (OSError, ValueError, ArithmeticError, LookupError, TypeError) as error:
        fault = str(error)
    except RecursionError:
        fault = "its braces are nested too deeply"
    fault = " ".join(fault.split())[:_LONGEST_FAULT]
    raise UserError(f"{prototxt} can't be used ({fault}); take the model's published deploy.prototxt")


def _of_type(text: str) -> str:
    """Return which layer a text has that no network for inference has, whatever its fields; empty if there is none."""
    try:
        _included(text_format.Parse(text, NetParameter(), allow_unknown_field=True))
    except ValueError as error:
        return str(error)
    except (text_format.ParseError, RecursionError):
        pass
    return ""


def _in_layer(text: str, error: text_format.ParseError) -> str:
    """Return what is wrong with a text and in which layer, whose name stands last before it."""
    words = str(error)
    if "V0LayerParameter" in words:
        return _V0
    unknown = re.search(r'Message type "[\w.]*?(\w+)" has no field named "(\w+)"', words)
    before = text.splitlines()[: error.GetLine() or 0]
    names = re.findall(r"""\bname\s*:\s*["']([^"'\n]*)["']""", "\n".join(before))
    layer = f"{names[-1]}: " if names and any("layer" in line for line in before) else ""
    if unknown:
        return f"{layer}the field '{unknown[2]}' in line {error.GetLine()} is not understood"
    return f"{layer}{words}"


def _included(net: Any) -> list[tuple[Any, str]]:
    """Return the layers of a network at inference, each with its type; raises ValueError for what it can't have."""
    if any(layer.HasField("layer") for layer in net.layers):
        raise ValueError(_V0)
    every = [(layer, layer.type) for layer in net.layer] + [(layer, _v2_type(layer)) for layer in net.layers]
    stages = set(net.state.stage)
    both = [layer.name for layer, _ in every if layer.include and layer.exclude]
    if both:
        raise ValueError(f"{both[0]}: it has include and exclude rules, of which Caffe takes one kind")
    layers = [(layer, type) for layer, type in every if _is_included(layer, stages)]
    for number, (layer, type) in enumerate(layers, start=1):
        _require_named(layer, type, number)
    return layers


def _graph(net: Any, name: str) -> Graph:
    layers = _included(net)
    shapes = [shape.dim for shape in net.input_shape] or [net.input_dim]
    inputs = [(top, shapes[0]) for top in net.input]
    inputs += [
        (top, shape.dim)
        for layer, type in layers
        if type == "Input"
        for top, shape in zip(layer.top, layer.input_param.shape)
    ]
    if len(inputs) != 1 or len(inputs[0][1]) != 4 or inputs[0][1][1] != 3:
        there = ", ".join(f"{top} of {'×'.join(map(str, dims)) or 'no size'}" for top, dims in inputs) or "none"
        raise ValueError(
            f"a network has one input of 4 dimensions, 3 channels among them, given in the file; this one has {there}"
        )
    top, (_, _, height, width) = inputs[0]
    builder = GraphBuilder(name, top, height, width)
    tensors = {top: top}
    for layer, type in layers:
        require(layer, getattr(layer, "phase", _TEST) == _TEST or not layer.HasField("phase"), "phase: TRAIN")
        require(layer, layer.dropout_param.scale_train, "scale_train: false")
        if type in ("Input", "Dropout"):
            # Dropout passes its input on at inference.
            tensors.update(zip(layer.top, (tensors.get(blob, blob) for blob in layer.bottom)))
            continue
        require(layer, bool(layer.bottom) and len(layer.top) == 1, "anything but some inputs and one output")
        require(layer, type == "Concat" or len(layer.bottom) == 1, "more than one input")
        # A later layer may overwrite a blob in place; from then on the blob's name means that layer's tensor.
        tensors[layer.top[0]] = LAYERS[type](builder, layer, [tensors.get(blob, blob) for blob in layer.bottom])
    return builder.build()


def _v2_type(layer: Any) -> str:
    return V2_TYPE[layer.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number[layer.type].name]


def _is_included(layer: Any, stages: set[str]) -> bool:
    """Tell whether a layer is part of the network at inference (Caffe 1.0, `Net::FilterNet`)."""
    if layer.include:
        return any(_meets(rule, stages) for rule in layer.include)
    return not any(_meets(rule, stages) for rule in layer.exclude)


def _meets(rule: Any, stages: set[str]) -> bool:
    """Tell whether phase TEST and level 0, with the file's own stages, meet a rule (`Net::StateMeetsRule`)."""
    return (
        (not rule.HasField("phase") or rule.phase == _TEST)
        and (not rule.HasField("min_level") or rule.min_level <= 0)
        and (not rule.HasField("max_level") or rule.max_level >= 0)
        and stages.issuperset(rule.stage)
        and stages.isdisjoint(rule.not_stage)
    )


def _require_named(layer: Any, type: str, number: int) -> None:
    """Raise ValueError unless a layer has a name and a type that a network for inference has."""
    if not layer.name:
        raise ValueError(f"layer {number}, of type {type or 'none'}, has no name")
    if not layer.name.isprintable() or len(layer.name) > _LONGEST_NAME or ".." in layer.name.split("/"):
        raise ValueError(f"layer {number} has the name {layer.name[:_LONGEST_NAME]!r}, which no layer has")
    if not type:
        raise ValueError(f"{layer.name}: it has no type")
    if type.endswith("Data"):
        raise ValueError(f"{layer.name}: a layer of type {type} reads pictures for training")
    if type not in (*LAYERS, "Input", "Dropout"):
        raise ValueError(f"{layer.name}: a layer of type {type} is not understood")
