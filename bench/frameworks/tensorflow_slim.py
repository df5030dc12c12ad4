"""A frozen graph as TF-Slim publishes it: images are RGB (1, height, width, 3), the first class is the background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf


def frozen(path: Path, shape: tuple[int, ...]) -> Any:
    """Return a module whose `infer` is the network, from float32 BGR blobs of `shape` to (1, classes).

    Raises
    ------
    ValueError
        If the file is no frozen graph with one input and one output.
    """
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(path.read_bytes())
    used = {name.lstrip("^").partition(":")[0] for node in definition.node for name in node.input}
    inputs = [node.name for node in definition.node if node.op == "Placeholder"]
    outputs = [node.name for node in definition.node if node.name not in used]
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(f"{path.name} has inputs {inputs} and outputs {outputs}, not one of each: no frozen graph")
    graph = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(definition, name=""), [])
    network = graph.prune(f"{inputs[0]}:0", f"{outputs[0]}:0")

    def infer(blob: Any) -> Any:
        rgb = tf.transpose(tf.reverse(blob, [1]), (0, 2, 3, 1))
        return tf.reshape(network(rgb), (1, -1))[:, 1:]

    module = tf.Module()
    module.infer = tf.function(infer, input_signature=[tf.TensorSpec(shape, tf.float32, name="blob")])
    return module
