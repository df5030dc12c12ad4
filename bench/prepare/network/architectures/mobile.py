"""MobileNets and EfficientNet-Lite: depthwise convolutions between pointwise ones, batch normalisation folded in."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional

from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph

SIZE = 224


class Padding:
    """Where the zeros of a convolution go: on both sides alike, or as TensorFlow's SAME has it."""

    def __init__(self, tensorflow: bool) -> None:
        self._tensorflow = tensorflow

    def around(self, kernel: int, stride: int) -> tuple[int, int]:
        """Return how many before and after an image of even size."""
        total = kernel - stride if self._tensorflow else kernel - 1
        return total // 2, total - total // 2


class Block(NamedTuple):
    """An inverted bottleneck: to `wide` channels, filtered one by one, gated where `gate` is, to `outputs` channels."""

    kernel: int
    wide: int
    outputs: int
    stride: int
    swish: bool = False
    gate: int = 0


class _Net:
    """A network in the making, with the padding and the rectifier that all of it has."""

    def __init__(self, name: str, padding: Padding, rectifier: str = "relu6") -> None:
        self.builder = GraphBuilder(name, "data", SIZE, SIZE)
        self._padding = padding
        self._rectifier = rectifier

    def convolution(
        self,
        name: str,
        input: str,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        group: int = 1,
        rectifier: Optional[str] = "",
    ) -> str:
        """Add a convolution with a rectifier: the network's own, another, or None."""
        before, after = self._padding.around(kernel, stride)
        tensor = self.builder.convolution(name, input, outputs, kernel, stride, before, group, after=after)
        kinds: dict[str, Callable[[str, str], str]] = {
            "relu": self.builder.relu,
            "relu6": lambda name, input: self.builder.clip(name, input, 0, 6),
            "hard_swish": self.builder.hard_swish,
        }
        chosen = self._rectifier if rectifier == "" else rectifier
        return kinds[chosen](f"{name}/{chosen}", tensor) if chosen else tensor

    def bottleneck(self, name: str, input: str, block: Block) -> str:
        """Add an inverted bottleneck, with a sum past it where the sizes allow that."""
        channels = self.builder.shapes[input][1]
        rectifier = "hard_swish" if block.swish else ""
        tensor = input
        if block.wide != channels:
            tensor = self.convolution(f"{name}/expand", tensor, block.wide, rectifier=rectifier)
        tensor = self.convolution(
            f"{name}/depthwise", tensor, block.wide, block.kernel, block.stride, block.wide, rectifier
        )
        if block.gate:
            pooled = self.builder.pooling(f"{name}/gate/pool", tensor, "average")
            less = self.convolution(f"{name}/gate/reduce", pooled, block.gate, rectifier="relu")
            more = self.convolution(f"{name}/gate/expand", less, block.wide, rectifier=None)
            gate = self.builder.hard_sigmoid(f"{name}/gate", more, 1 / 6, 0.5)
            tensor = self.builder.product(f"{name}/gated", tensor, gate)
        tensor = self.convolution(f"{name}/project", tensor, block.outputs, rectifier=None)
        if block.stride == 1 and block.outputs == channels:
            tensor = self.builder.sum(f"{name}/sum", input, tensor)
        return tensor

    def classify(self, input: str) -> Graph:
        """Add the average over the image and the classifier."""
        pooled = self.builder.pooling("pool", input, "average")
        self.builder.inner_product("classifier", pooled, 1000)
        return self.builder.build()


def mobilenet_v1(name: str) -> Graph:
    """MobileNet v1 1.0 (Howard et al. 2017) as TF-Slim has it: ReLU6, TensorFlow's padding."""
    net = _Net(name, Padding(tensorflow=True))
    tensor, channels = net.convolution("conv0", "data", 32, 3, 2), 32
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    for number, (width, stride) in enumerate(widths, start=1):
        tensor = net.convolution(f"conv{number}/depthwise", tensor, channels, 3, stride, channels)
        tensor, channels = net.convolution(f"conv{number}/pointwise", tensor, width), width
    return net.classify(tensor)


def mobilenet_v2(name: str) -> Graph:
    """MobileNet v2 1.0 (Sandler et al. 2018, Table 2) as TF-Slim has it."""
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    return _inverted(name, [(3, *stage) for stage in stages])


def efficientnet_lite0(name: str) -> Graph:
    """EfficientNet-Lite0 (Tan and Le 2019, Table 1, without squeeze-and-excitation): some filters are 5 x 5."""
    kernels = (3, 3, 5, 3, 5, 5, 3)
    stages = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 40, 2, 2),
        (6, 80, 3, 2),
        (6, 112, 3, 1),
        (6, 192, 4, 2),
        (6, 320, 1, 1),
    ]
    return _inverted(name, [(kernel, *stage) for kernel, stage in zip(kernels, stages)])


def _inverted(name: str, stages: list[tuple[int, int, int, int, int]]) -> Graph:
    """Return a network of (kernel, expansion, channels, blocks, stride of the first block)."""
    net = _Net(name, Padding(tensorflow=True))
    tensor, channels, number = net.convolution("conv0", "data", 32, 3, 2), 32, 0
    for kernel, expansion, outputs, count, first in stages:
        for index in range(count):
            number += 1
            block = Block(kernel, expansion * channels, outputs, 1 if index else first)
            tensor, channels = net.bottleneck(f"block{number}", tensor, block), outputs
    return net.classify(net.convolution("conv_last", tensor, 1280))


def mobilenet_v3_large(name: str) -> Graph:
    """MobileNet v3 large 1.0 (Howard et al. 2019, Table 1) as PyTorch has it: both sides padded alike."""
    net = _Net(name, Padding(tensorflow=False), "relu")
    tensor = net.convolution("conv0", "data", 16, 3, 2, rectifier="hard_swish")
    for number, block in enumerate(
        [
            Block(3, 16, 16, 1),
            Block(3, 64, 24, 2),
            Block(3, 72, 24, 1),
            Block(5, 72, 40, 2, gate=24),
            Block(5, 120, 40, 1, gate=32),
            Block(5, 120, 40, 1, gate=32),
            Block(3, 240, 80, 2, swish=True),
            Block(3, 200, 80, 1, swish=True),
            Block(3, 184, 80, 1, swish=True),
            Block(3, 184, 80, 1, swish=True),
            Block(3, 480, 112, 1, swish=True, gate=120),
            Block(3, 672, 112, 1, swish=True, gate=168),
            Block(5, 672, 160, 2, swish=True, gate=168),
            Block(5, 960, 160, 1, swish=True, gate=240),
            Block(5, 960, 160, 1, swish=True, gate=240),
        ],
        start=1,
    ):
        tensor = net.bottleneck(f"block{number}", tensor, block)
    tensor = net.convolution("conv_last", tensor, 960, rectifier="hard_swish")
    pooled = net.builder.pooling("pool", tensor, "average")
    tensor = net.convolution("head", pooled, 1280, rectifier="hard_swish")
    net.builder.inner_product("classifier", tensor, 1000)
    return net.builder.build()
