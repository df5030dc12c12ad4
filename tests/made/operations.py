"""Small networks, each with one operation that matters, prepared as models are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.errors import UserError
from bench.prepare.formats.caffemodel import write_caffemodel
from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.formats.prototxt_read import read_prototxt
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.models.prepared import ModelRecord, PreparedModel, Provenance
from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph, write_graph
from bench.prepare.network.nodes import FormError
from bench.prepare.network.synthetic import synthetic_weights
from bench.prepare.network.weights import Weights, weights_sha256, write_weights
from bench.records.digests import file_digest
from bench.records.schema import Form

Layer = Callable[[GraphBuilder], str]

CLASSES = 50

IN_CAFFE: dict[str, Layer] = {
    "convolution": lambda net: net.convolution("x", "data", 4, (3, 5), (2, 1), (1, 2)),
    "depthwise convolution": lambda net: net.convolution("x", "data", 6, 3, group=3, bias=False),
    "maximum that sticks out": lambda net: net.pooling("x", "data", "max", 3, 2),
    "maximum with padding": lambda net: net.pooling("x", "data", "max", 3, 2, 1),
    "maximum whose last window is dropped": lambda net: net.pooling("x", "data", "max", 2, 3, 1),
    "maximum with gaps": lambda net: net.pooling("x", "data", "max", 2, 3),
    "average": lambda net: net.pooling("x", "data", "average", 2, 2),
    "average with padding": lambda net: net.pooling("x", "data", "average", 3, 1, 1),
    "rectifier": lambda net: net.relu("x", "data"),
    "local response": lambda net: net.lrn("x", net.convolution("c", "data", 9, 1), 5, 0.5, 0.75),
    "concatenation": lambda net: net.concat("x", ["data", net.relu("r", "data")]),
    "batch normalisation": lambda net: net.batch_norm("x", "data", 1e-3),
    "scale": lambda net: net.scale("x", "data"),
    "scale without bias": lambda net: net.scale("x", "data", bias=False),
    "scale of a vector": lambda net: net.scale("x", net.inner_product("i", "data", 7)),
    "maximum padded on one side": lambda net: net.pooling("x", "data", "max", 3, 2, 0, after=1),
    "sigmoid": lambda net: net.sigmoid("x", "data"),
    "sum": lambda net: net.sum("x", "data", net.relu("r", "data")),
    "product": lambda net: net.product("x", "data", net.relu("r", "data")),
    "inner product": lambda net: net.inner_product("x", "data", 7, bias=False),
}

NOT_IN_CAFFE: dict[str, Layer] = {
    "clipping": lambda net: net.clip("x", "data", -0.5, 1.5),
    "hard sigmoid": lambda net: net.hard_sigmoid("x", "data", 0.3, 0.4),
    "hard swish": lambda net: net.hard_swish("x", "data"),
    "sum with a number for each channel": lambda net: net.sum("x", "data", net.pooling("p", "data", "average")),
    "product with a number for each channel": lambda net: net.product("x", "data", net.pooling("p", "data", "average")),
    "cut": lambda net: net.slice("x", "data", 1, 3),
    "shuffle": lambda net: net.shuffle("x", net.concat("c", ["data", net.relu("r", "data")]), 2),
}

IN_PASSING: dict[str, Layer] = {
    "convolution padded on one side": lambda net: net.convolution("x", "data", 4, 3, 2, (0, 1), after=(1, 2)),
    "depthwise convolution padded on one side": lambda net: net.convolution("x", "data", 3, 3, 2, group=3, after=1),
    "rectified convolution": lambda net: net.relu("x", net.convolution("c", "data", 8, 3, 2)),
    "clipped convolution": lambda net: net.clip("x", net.convolution("c", "data", 8, 3, pad=1), 0, 6),
    "swishing depthwise convolution": lambda net: net.hard_swish("x", net.convolution("c", "data", 3, 3, group=3)),
    "sigmoid of a vector": lambda net: net.sigmoid("x", net.inner_product("i", "data", 7)),
    "normalised convolution": lambda net: net.scale(
        "x", net.batch_norm("b", net.convolution("c", "data", 8, 1, bias=False), 1e-3)
    ),
    "squeeze and excitation": lambda net: net.product(
        "x", "data", net.hard_sigmoid("h", net.convolution("c", net.pooling("p", "data", "average"), 3, 1), 1 / 6, 0.5)
    ),
    "maximum whose windows are whole": lambda net: net.pooling("x", "data", "max", 3, 2, 1, after=1),
    "maximum of what is rectified, with padding": lambda net: net.pooling("x", net.relu("r", "data"), "max", 3, 2, 1),
    "convolution in groups": lambda net: net.convolution("x", net.concat("c", ["data", "data"]), 8, 3, group=2),
}
"""Operations as networks combine them, which frameworks fuse and rearrange."""

OPERATIONS = {**IN_CAFFE, **NOT_IN_CAFFE, **IN_PASSING}


def network(layer: Layer) -> tuple[Graph, Weights]:
    """Return a network with that layer, and its weights."""
    net = GraphBuilder("net", "data", 10, 8)
    # An inner product over every position, so that no difference can hide in an average.
    net.inner_product("all", layer(net), CLASSES)
    graph = net.build()
    return graph, synthetic_weights(graph, 1.0)


def prepare(folder: Path, layer: Layer) -> PreparedModel:
    """Write a network with that layer in every form that can say it."""
    folder.mkdir(parents=True)
    graph, weights = network(layer)
    write_graph(folder / "graph.json", graph)
    write_weights(folder / "weights.npz", weights)
    write_onnx(folder / "model.onnx", graph, weights)
    form: Form = "onnx"
    try:
        write_prototxt(folder / "deploy.prototxt", graph)
        write_caffemodel(folder / "weights.caffemodel", graph, weights)
        read_prototxt(folder / "deploy.prototxt", folder.name)
        form = "caffe"
    except FormError:
        (folder / "deploy.prototxt").unlink(missing_ok=True)
    except UserError:  # a model that was published as Caffe's files can't have it
        pass
    record = ModelRecord(
        name=folder.name,
        title=folder.name,
        height=graph.input_shape[2],
        width=graph.input_shape[3],
        mean=(0, 0, 0),
        scale=1,
        classes=CLASSES,
        form=form,
        input_name=graph.input,
        output_name=graph.output,
        weights="synthetic",
        provenance=Provenance(graph="made", weights="made", weights_sha256=weights_sha256(weights), licence="none"),
        sha256={path.name: file_digest(path, "sha256") for path in sorted(folder.iterdir())},
    )
    (folder / "model.json").write_text(record.model_dump_json())
    return PreparedModel(folder)
