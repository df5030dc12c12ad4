"""The neutral graph in TensorFlow's operations: images are (1, height, width, channels) within, Caffe's rules hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.util import _pywrap_util_port

from bench.prepare.network.folding import fold
from bench.prepare.network.graph import Graph
from bench.prepare.network.kernels import same_padding
from bench.prepare.network.nodes import (
    LRN,
    AnyNode,
    BatchNorm,
    Clip,
    Concat,
    Convolution,
    HardSigmoid,
    HardSwish,
    InnerProduct,
    Pooling,
    Product,
    ReLU,
    Scale,
    Shuffle,
    Sigmoid,
    Slice,
    SlidingKernel,
    Softmax,
    Sum,
    unknown_node,
)

Array = NDArray[np.float32]
Arrays = dict[str, Array]
Tensor = Any

KERNELS = "oneDNN" if _pywrap_util_port.IsMklEnabled() else "Eigen"
"""Whose kernels compute here: the processor decides, and the environment variable TF_ENABLE_ONEDNN_OPTS."""


def network(graph: Graph, arrays: Arrays) -> Any:
    """Return a module whose `infer` is the network, from float32 (1, 3, height, width) to (1, classes).

    Its weights are variables that nothing changes: of constants TensorFlow makes ten copies on its way to the first
    inference, more than a Pi 3 has room for. Batch normalisation is folded into the convolution before it.
    """
    graph, arrays = fold(graph, arrays)
    module = tf.Module()
    owners = {param: node for node in graph.nodes for param in node.params}
    tensors = {param: tf.Variable(_layout(node, arrays[param]), trainable=False) for param, node in owners.items()}
    module.weights = list(tensors.values())
    signature = [tf.TensorSpec(graph.input_shape, tf.float32, name="blob")]
    module.infer = tf.function(lambda blob: _run(graph, tensors, blob), input_signature=signature)
    return module


def _layout(node: AnyNode, array: Array) -> Array:
    """Return an array as TensorFlow's operation wants it; a bias and a channel's factor are the same everywhere."""
    if isinstance(node, Convolution) and array.ndim == 4:
        filters = array.transpose(2, 3, 1, 0)  # height, width, inputs of a group, outputs
        height, width, inputs, outputs = filters.shape
        depthwise = node.group > 1 and inputs == 1
        return filters.reshape(height, width, node.group, outputs // node.group) if depthwise else filters
    if isinstance(node, InnerProduct) and array.ndim == 2:
        return array.T
    return array


def _run(graph: Graph, arrays: dict[str, Tensor], blob: Tensor) -> Tensor:
    tensors = {graph.input: tf.transpose(blob, (0, 2, 3, 1))}
    for node in graph.nodes:
        inputs = [tensors[name] for name in node.inputs]
        params = [arrays[param] for param in node.params]
        tensors[node.name] = _node(node, inputs, params)
    return tf.reshape(tensors[graph.output], (1, -1))


def _node(node: AnyNode, inputs: list[Tensor], params: list[Tensor]) -> Tensor:
    x = inputs[0]
    if isinstance(node, Convolution):
        return _convolution(node, x, *params)
    if isinstance(node, Pooling):
        return _pooling(node, x)
    if isinstance(node, ReLU):
        return tf.nn.relu(x)
    if isinstance(node, Clip):
        return tf.nn.relu6(x) if (node.low, node.high) == (0, 6) else tf.clip_by_value(x, node.low, node.high)
    if isinstance(node, Sigmoid):
        return tf.sigmoid(x)
    if isinstance(node, HardSigmoid):
        return tf.clip_by_value(x * node.alpha + node.beta, 0, 1)
    if isinstance(node, HardSwish):
        return x * tf.nn.relu6(x + 3) * (1 / 6)
    if isinstance(node, Sum):
        return x + inputs[1]
    if isinstance(node, Product):
        return x * inputs[1]
    if isinstance(node, LRN):
        # TensorFlow's alpha is not divided by the size, and it takes the radius for the size.
        return tf.nn.lrn(x, depth_radius=node.size // 2, bias=1, alpha=node.alpha / node.size, beta=node.beta)
    if isinstance(node, Concat):
        return tf.concat(inputs, axis=-1)
    if isinstance(node, Slice):
        return x[..., node.begin : node.end]
    if isinstance(node, Shuffle):
        parts = tf.reshape(x, (*x.shape[:-1], node.group, -1))
        return tf.reshape(tf.transpose(parts, (0, 1, 2, 4, 3)), x.shape)
    if isinstance(node, InnerProduct):
        return _inner_product(x, *params)
    if isinstance(node, BatchNorm):
        mean, variance = params
        return (x - mean) * tf.math.rsqrt(variance + node.epsilon)
    if isinstance(node, Scale):
        weight, *bias = params
        return x * weight + bias[0] if bias else x * weight
    if isinstance(node, Softmax):
        return tf.nn.softmax(x)
    return unknown_node(node, "TensorFlow's writer")


def _inner_product(x: Tensor, weight: Tensor, *bias: Tensor) -> Tensor:
    if x.shape.rank == 4:
        x = tf.transpose(x, (0, 3, 1, 2))  # the order in which Caffe flattens
    product = tf.matmul(tf.reshape(x, (1, -1)), weight)
    return tf.nn.bias_add(product, *bias) if bias else product


def _convolution(node: Convolution, x: Tensor, filters: Tensor, *bias: Tensor) -> Tensor:
    padding = _padding(node, x)
    if node.group > 1 and node.group == x.shape[-1]:
        if KERNELS == "oneDNN" and not isinstance(padding, str):
            # TensorFlow 2.21 forgets spelled-out padding on the way to oneDNN, and dies of it; elsewhere it is faster.
            x, padding = tf.pad(x, padding), "VALID"
        y = tf.nn.depthwise_conv2d(x, filters, strides=(1, *node.stride, 1), padding=padding)
    elif node.group > 1 and KERNELS == "Eigen":
        # Eigen's kernel has no groups once TensorFlow has fused the bias into it, which it does by itself.
        parts = zip(tf.split(x, node.group, axis=-1), tf.split(filters, node.group, axis=-1))
        y = tf.concat([tf.nn.conv2d(part, own, node.stride, padding) for part, own in parts], axis=-1)
    else:
        y = tf.nn.conv2d(x, filters, strides=node.stride, padding=padding)
    return tf.nn.bias_add(y, *bias) if bias else y


def _pooling(node: Pooling, x: Tensor) -> Tensor:
    if node.method == "max":
        return tf.nn.max_pool2d(x, node.kernel, node.stride, _padding(node, x))
    # Caffe counts the padding's zeros. (No window reaches beyond it: preparing a model has seen to that.)
    padded = tf.pad(x, _explicit(node, x))
    return tf.nn.avg_pool2d(padded, node.kernel, node.stride, "VALID")


def _padding(node: SlidingKernel, x: Tensor) -> str | list[list[int]]:
    """Return a window's padding by TensorFlow's name for it, which has the faster kernels, or else spelled out."""
    image = (x.shape[1], x.shape[2])
    if not any(map(any, node.padding(image))):
        return "VALID"
    return "SAME" if node.padding(image) == same_padding(node, image) else _explicit(node, x)


def _explicit(node: SlidingKernel, x: Tensor) -> list[list[int]]:
    return [[0, 0], *map(list, node.padding((x.shape[1], x.shape[2]))), [0, 0]]
