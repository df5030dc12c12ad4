"""TF-Slim's checkpoints, which hold weights alone: the two networks that belong to them, by their layers' names.

After nets/inception_v1.py and nets/mobilenet_v1.py of https://github.com/tensorflow/models/tree/master/research/slim;
how many channels a layer has, its weights say.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

Tensor = Any
Network = Callable[[Tensor], Tensor]
Layers = dict[str, tuple[Any, Any]]

_BATCH_NORM_EPSILON = 0.001  # of which a checkpoint says nothing: slim.batch_norm's default
_MOBILENET_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)


def network_of(prefix: Path) -> tuple[Network, Layers]:
    """Return the network of a checkpoint, from RGB (1, height, width, 3) to probabilities, and its variables.

    Parameters
    ----------
    prefix : Path
        What its files' names begin with; a checkpoint of the first version is one file of that name.

    Raises
    ------
    ValueError
        If it is of neither network.
    """
    reader = tf.train.load_checkpoint(str(prefix))
    scopes = {name.partition("/")[0] for name in reader.get_variable_to_shape_map()}
    for scope, network in {"InceptionV1": _inception_v1, "MobilenetV1": _mobilenet_v1}.items():
        if scope in scopes:
            layers = _layers(reader, scope)
            return partial(network, layers), layers
    raise ValueError(f"{prefix.name} is no checkpoint of TF-Slim's Inception v1 or MobileNet v1")


def _layers(reader: Any, scope: str) -> Layers:
    """Return each layer's filters and bias, batch normalisation folded in."""
    layers = {}
    for name in reader.get_variable_to_shape_map():
        path, _, kind = name.rpartition("/")
        if kind in {"weights", "depthwise_weights"} and path.startswith(f"{scope}/"):
            filters = reader.get_tensor(name)
            if reader.has_tensor(f"{path}/biases"):
                bias = reader.get_tensor(f"{path}/biases")
            else:
                factor, bias = _batch_norm(reader, f"{path}/BatchNorm")
                filters = filters * (factor[:, None] if kind == "depthwise_weights" else factor)
            layer = path.removeprefix(f"{scope}/").replace("/", ".")
            layers[layer] = tuple(tf.Variable(array, trainable=False) for array in (filters, bias))
    return layers


def _batch_norm(reader: Any, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what each channel is multiplied by, and what is added to it then."""
    mean, variance, beta = (reader.get_tensor(f"{path}/{name}") for name in ("moving_mean", "moving_variance", "beta"))
    gamma = reader.get_tensor(f"{path}/gamma") if reader.has_tensor(f"{path}/gamma") else np.float32(1)
    factor = gamma / np.sqrt(variance + np.float32(_BATCH_NORM_EPSILON))
    return factor, beta - mean * factor


def _inception_v1(layers: Layers, x: Tensor) -> Tensor:
    def convolution(x: Tensor, name: str, stride: int = 1) -> Tensor:
        filters, bias = layers[name]
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, filters, stride, "SAME"), bias))

    def mixed(x: Tensor, name: str) -> Tensor:
        last = "0a" if name == "Mixed_5b" else "0b"  # a slip of the published network's
        branches = (
            convolution(x, f"{name}.Branch_0.Conv2d_0a_1x1"),
            convolution(convolution(x, f"{name}.Branch_1.Conv2d_0a_1x1"), f"{name}.Branch_1.Conv2d_0b_3x3"),
            convolution(convolution(x, f"{name}.Branch_2.Conv2d_0a_1x1"), f"{name}.Branch_2.Conv2d_{last}_3x3"),
            convolution(tf.nn.max_pool2d(x, 3, 1, "SAME"), f"{name}.Branch_3.Conv2d_0b_1x1"),
        )
        return tf.concat(branches, axis=-1)

    x = tf.nn.max_pool2d(convolution(x, "Conv2d_1a_7x7", 2), 3, 2, "SAME")
    x = convolution(convolution(x, "Conv2d_2b_1x1"), "Conv2d_2c_3x3")
    for window, group in ((3, ("3b", "3c")), (3, ("4b", "4c", "4d", "4e", "4f")), (2, ("5b", "5c"))):
        x = tf.nn.max_pool2d(x, window, 2, "SAME")
        for block in group:
            x = mixed(x, f"Mixed_{block}")
    return _classify(x, *layers["Logits.Conv2d_0c_1x1"])


def _mobilenet_v1(layers: Layers, x: Tensor) -> Tensor:
    def activated(x: Tensor, bias: Tensor) -> Tensor:
        return tf.nn.relu6(tf.nn.bias_add(x, bias))

    filters, bias = layers["Conv2d_0"]
    x = activated(tf.nn.conv2d(x, filters, 2, "SAME"), bias)
    for index, stride in enumerate(_MOBILENET_STRIDES, start=1):
        filters, bias = layers[f"Conv2d_{index}_depthwise"]
        x = activated(tf.nn.depthwise_conv2d(x, filters, (1, stride, stride, 1), "SAME"), bias)
        filters, bias = layers[f"Conv2d_{index}_pointwise"]
        x = activated(tf.nn.conv2d(x, filters, 1, "SAME"), bias)
    return _classify(x, *layers["Logits.Conv2d_1c_1x1"])


def _classify(x: Tensor, filters: Tensor, bias: Tensor) -> Tensor:
    x = tf.reduce_mean(x, axis=(1, 2), keepdims=True)
    return tf.nn.softmax(tf.nn.bias_add(tf.nn.conv2d(x, filters, 1, "SAME"), bias))
