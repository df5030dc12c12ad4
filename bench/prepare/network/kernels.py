"""How many positions a kernel takes on an image, by the rules that published networks follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Union

from bench.prepare.network.nodes import Convolution, Pair, SlidingKernel

Size = Union[int, Pair]
"""A (height, width), or one number for both."""


_FARTHEST = (1 << 31) - 1
"""The largest number that every format has room for."""


def convolved_size(size: int, kernel: int, stride: int, pad: int) -> int:
    """Return along one axis how many kernels fit whole: floor((size + 2 pad - kernel) / stride) + 1."""
    return (size + 2 * pad - kernel) // stride + 1


def pooled_size(size: int, kernel: int, stride: int, pad: int) -> int:
    """Return along one axis how many positions Caffe pools at, the last of which may stick out.

    ceil((size + 2 pad - kernel) / stride) + 1, less one where there is padding and the last kernel would start
    beyond the image and the padding before it (Caffe 1.0, `PoolingLayer::Reshape`).
    """
    count = -(-(size + 2 * pad - kernel) // stride) + 1
    if pad and (count - 1) * stride >= size + pad:
        count -= 1
    return count


def pads_alike(node: Convolution, image: Pair) -> bool:
    """Return whether a convolution takes the same positions with `pad` on both sides of the image, as Caffe pads."""
    counts = tuple(convolved_size(image[axis], node.kernel[axis], node.stride[axis], node.pad[axis]) for axis in (0, 1))
    return counts == node.shape[2:]


def same_padding(node: SlidingKernel, image: Pair) -> tuple[Pair, Pair]:
    """Return (before, after) for (height, width) of TensorFlow's padding SAME (tf.nn, "Notes on padding")."""
    reach = [(-(-image[axis] // node.stride[axis]) - 1) * node.stride[axis] + node.kernel[axis] for axis in (0, 1)]
    rows, columns = (max(reach[axis] - image[axis], 0) for axis in (0, 1))
    return (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)


class Geometry(NamedTuple):
    """How a kernel slides over an image."""

    kernel: Pair
    stride: Pair
    pad: Pair


def geometry(name: str, kernel: Size, stride: Size, pad: Size) -> Geometry:
    """Return kernel, stride and padding as pairs; raises ValueError if nothing can slide so."""
    kernel, stride, pad = ((item, item) if isinstance(item, int) else item for item in (kernel, stride, pad))
    if min(kernel) < 1 or min(stride) < 1 or min(pad) < 0 or max(*kernel, *stride, *pad) > _FARTHEST:
        raise ValueError(f"{name}: kernel {kernel}, stride {stride}, pad {pad} don't make a sliding kernel")
    return Geometry(kernel, stride, pad)


def count_by(name: str, rule: Callable[[int, int, int, int], int], size: Pair, sliding: Geometry) -> Pair:
    """Return how many positions there are along each axis by a rule; raises ValueError if there is none."""
    kernel, stride, pad = sliding
    if any(kernel[axis] > size[axis] + 2 * pad[axis] for axis in range(2)):
        raise ValueError(f"{name}: its kernel {kernel} is larger than its input {size}, padded by {pad}")
    height, width = (rule(size[axis], kernel[axis], stride[axis], pad[axis]) for axis in range(2))
    return height, width


def count_whole(name: str, size: Pair, sliding: Geometry, after: Size) -> Pair:
    """Return how many kernels fit whole along each axis with other padding after the image than before it."""
    kernel, stride, pad = sliding
    end = (after, after) if isinstance(after, int) else after
    height, width = ((size[axis] + pad[axis] + end[axis] - kernel[axis]) // stride[axis] + 1 for axis in range(2))
    if min(height, width) < 1:
        raise ValueError(f"{name}: its kernel {kernel} is larger than its input {size}, padded by {pad} and {end}")
    return height, width
