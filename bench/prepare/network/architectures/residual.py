"""ResNets and ShuffleNet v2, batch normalisation folded in: blocks that add to, or stand beside, what passes them."""

from __future__ import annotations

from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph

SIZE = 224


def resnet18(name: str) -> Graph:
    """ResNet-18 (He et al. 2015, Table 1): two 3 x 3 convolutions a block."""
    net = GraphBuilder(name, "data", SIZE, SIZE)
    tensor = _stem(net, 64, 7)
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for number in range(2):
            prefix, stride = f"stage{stage}/block{number + 1}", 2 if stage > 1 and number == 0 else 1
            inner = _conv(net, f"{prefix}/conv1", tensor, width, 3, stride)
            inner = _conv(net, f"{prefix}/conv2", inner, width, 3, relu=False)
            tensor = _add(net, prefix, tensor, inner, stride)
    return _classify(net, tensor)


def resnet50(name: str) -> Graph:
    """ResNet-50 (He et al. 2015, Table 1): 1 x 1, 3 x 3 and 1 x 1 convolutions a block, the first with the stride."""
    net = GraphBuilder(name, "data", SIZE, SIZE)
    tensor = _stem(net, 64, 7)
    for stage, (width, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        for number in range(count):
            prefix, stride = f"stage{stage}/block{number + 1}", 2 if stage > 1 and number == 0 else 1
            inner = _conv(net, f"{prefix}/conv1", tensor, width, 1, stride)
            inner = _conv(net, f"{prefix}/conv2", inner, width, 3)
            inner = _conv(net, f"{prefix}/conv3", inner, 4 * width, 1, relu=False)
            tensor = _add(net, prefix, tensor, inner, stride)
    return _classify(net, tensor)


def shufflenet_v2(name: str) -> Graph:
    """ShuffleNet v2 1.0 (Ma et al. 2018, Table 5): half of the channels go past each block, then both are shuffled."""
    net = GraphBuilder(name, "data", SIZE, SIZE)
    tensor = _stem(net, 24, 3)
    for stage, (width, count) in enumerate(((116, 4), (232, 8), (464, 4)), start=2):
        half = width // 2
        for number in range(count):
            prefix = f"stage{stage}/unit{number + 1}"
            if number == 0:
                past = _depthwise(net, f"{prefix}/past/depthwise", tensor, 2)
                past = _conv(net, f"{prefix}/past/pointwise", past, half, 1)
                inner, stride = tensor, 2
            else:
                past = net.slice(f"{prefix}/past", tensor, 0, half)
                inner, stride = net.slice(f"{prefix}/through", tensor, half, width), 1
            inner = _conv(net, f"{prefix}/conv1", inner, half, 1)
            inner = _depthwise(net, f"{prefix}/depthwise", inner, stride)
            inner = _conv(net, f"{prefix}/conv2", inner, half, 1)
            tensor = net.concat(f"{prefix}/concat", [past, inner])
            tensor = net.shuffle(f"{prefix}/shuffle", tensor, 2)
    return _classify(net, _conv(net, "conv5", tensor, 1024, 1))


def _stem(net: GraphBuilder, width: int, kernel: int) -> str:
    tensor = _conv(net, "conv1", "data", width, kernel, 2)
    return net.pooling("pool1", tensor, "max", 3, 2, 1, after=1)


def _conv(
    net: GraphBuilder, name: str, input: str, outputs: int, kernel: int, stride: int = 1, relu: bool = True
) -> str:
    tensor = net.convolution(name, input, outputs, kernel, stride, kernel // 2)
    return net.relu(f"{name}/relu", tensor) if relu else tensor


def _depthwise(net: GraphBuilder, name: str, input: str, stride: int) -> str:
    channels = net.shapes[input][1]
    return net.convolution(name, input, channels, 3, stride, 1, channels)


def _add(net: GraphBuilder, prefix: str, input: str, inner: str, stride: int) -> str:
    """Add what goes past a block, by a 1 x 1 convolution where the sizes differ."""
    past = input
    if net.shapes[input] != net.shapes[inner]:
        past = _conv(net, f"{prefix}/past", input, net.shapes[inner][1], 1, stride, relu=False)
    return net.relu(f"{prefix}/relu", net.sum(f"{prefix}/sum", past, inner))


def _classify(net: GraphBuilder, input: str) -> Graph:
    pooled = net.pooling("pool", input, "average")
    net.inner_product("classifier", pooled, 1000)
    return net.build()
