"""TF-Slim's networks as it publishes them: images are RGB (1, height, width, 3), the first class is the background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf

from bench.frameworks.tensorflow.checkpoint import Network, network_of


def slim(folder: Path, shape: tuple[int, ...]) -> Any:
    """Return a module whose `infer` is the network, from float32 BGR blobs of `shape` to (1, classes).

    Parameters
    ----------
    folder : Path
        It has a frozen graph, `frozen.pb`, or else a checkpoint, whose files are named `model.ckpt…`.

    Raises
    ------
    ValueError
        If it is no frozen graph with one input and one output, or no checkpoint of a network known here.
    """
    module = tf.Module()
    graph = folder / "frozen.pb"
    if graph.exists():
        network = _frozen(graph)
    else:
        network, module.weights = network_of(folder / "model.ckpt")

    def infer(blob: Any) -> Any:
        rgb = tf.transpose(tf.reverse(blob, [1]), (0, 2, 3, 1))
        return tf.reshape(network(rgb), (1, -1))[:, 1:]

    module.infer = tf.function(infer, input_signature=[tf.TensorSpec(shape, tf.float32, name="blob")])
    return module


def _frozen(path: Path) -> Network:
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(path.read_bytes())
    used = {name.lstrip("^").partition(":")[0] for node in definition.node for name in node.input}
    inputs = [node.name for node in definition.node if node.op == "Placeholder"]
    outputs = [node.name for node in definition.node if node.name not in used]
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(f"{path.name} has inputs {inputs} and outputs {outputs}, not one of each: no frozen graph")
    graph = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(definition, name=""), [])
    network: Network = graph.prune(f"{inputs[0]}:0", f"{outputs[0]}:0")
    return network
