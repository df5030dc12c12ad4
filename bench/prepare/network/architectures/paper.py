"""The graphs of the paper's four models, built from their regular structure.

Node names are those of the published networks' layers, so that the published weights match by name.
"""

from __future__ import annotations

from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.graph import Graph
from bench.prepare.network.kernels import Size


def nin(name: str) -> Graph:
    """Network in Network (Lin, Chen and Yan 2014), the ImageNet model of the Caffe model zoo.

    Four blocks of a convolution and two 1x1 convolutions ("cascaded cross-channel parametric pooling", cccp).
    """
    builder = GraphBuilder(name, "data", 224, 224)
    tensor = "data"
    relu_names = iter(f"relu{number}" for number in (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12))
    cccp = 1
    for block, (widths, kernel, stride, pad) in enumerate(
        [
            ((96, 96, 96), 11, 4, 0),
            ((256, 256, 256), 5, 1, 2),
            ((384, 384, 384), 3, 1, 1),
            ((1024, 1024, 1000), 3, 1, 1),
        ],
        start=1,
    ):
        tensor = builder.convolution(f"conv{block}", tensor, widths[0], kernel, stride, pad)
        tensor = builder.relu(next(relu_names), tensor)
        for width in widths[1:]:
            tensor = builder.convolution(f"cccp{cccp}", tensor, width, 1)
            tensor = builder.relu(next(relu_names), tensor)
            cccp += 1
        if block < 4:
            tensor = builder.pooling(f"pool{block}", tensor, "max", 3, 2)
    builder.pooling("pool4", tensor, "average", 6)
    return builder.build()


def googlenet(name: str) -> Graph:
    """GoogLeNet (Szegedy et al. 2015) as trained by BVLC, without the auxiliary classifiers."""
    builder = GraphBuilder(name, "data", 224, 224)
    tensor = _conv_relu(builder, "conv1/", "7x7_s2", "data", 64, 7, 2, 3, relu="relu_7x7")
    tensor = builder.pooling("pool1/3x3_s2", tensor, "max", 3, 2)
    tensor = builder.lrn("pool1/norm1", tensor, 5, 0.0001, 0.75)
    tensor = _conv_relu(builder, "conv2/", "3x3_reduce", tensor, 64, 1)
    tensor = _conv_relu(builder, "conv2/", "3x3", tensor, 192, 3, 1, 1)
    tensor = builder.lrn("conv2/norm2", tensor, 5, 0.0001, 0.75)
    tensor = builder.pooling("pool2/3x3_s2", tensor, "max", 3, 2)
    for stage, widths in {
        # 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, projection of the pooling (Table 1 of the article)
        "3a": (64, 96, 128, 16, 32, 32),
        "3b": (128, 128, 192, 32, 96, 64),
        "4a": (192, 96, 208, 16, 48, 64),
        "4b": (160, 112, 224, 24, 64, 64),
        "4c": (128, 128, 256, 24, 64, 64),
        "4d": (112, 144, 288, 32, 64, 64),
        "4e": (256, 160, 320, 32, 128, 128),
        "5a": (256, 160, 320, 32, 128, 128),
        "5b": (384, 192, 384, 48, 128, 128),
    }.items():
        tensor = _inception(builder, f"inception_{stage}/", tensor, widths)
        if stage in ("3b", "4e"):
            tensor = builder.pooling(f"pool{stage[0]}/3x3_s2", tensor, "max", 3, 2)
    tensor = builder.pooling("pool5/7x7_s1", tensor, "average", 7)
    tensor = builder.inner_product("loss3/classifier", tensor, 1000)
    builder.softmax("prob", tensor)
    return builder.build()


def _inception(builder: GraphBuilder, prefix: str, input: str, widths: tuple[int, ...]) -> str:
    one, reduce3, three, reduce5, five, projection = widths
    branches = [_conv_relu(builder, prefix, "1x1", input, one, 1)]
    tensor = _conv_relu(builder, prefix, "3x3_reduce", input, reduce3, 1)
    branches.append(_conv_relu(builder, prefix, "3x3", tensor, three, 3, 1, 1))
    tensor = _conv_relu(builder, prefix, "5x5_reduce", input, reduce5, 1)
    branches.append(_conv_relu(builder, prefix, "5x5", tensor, five, 5, 1, 2))
    tensor = builder.pooling(f"{prefix}pool", input, "max", 3, 1, 1)
    branches.append(_conv_relu(builder, prefix, "pool_proj", tensor, projection, 1))
    return builder.concat(f"{prefix}output", branches)


def squeezenet(name: str) -> Graph:
    """SqueezeNet v1.1 (Iandola et al. 2016): fire modules, which squeeze the channels and expand them again."""
    builder = GraphBuilder(name, "data", 227, 227)
    tensor = _conv_relu(builder, "", "conv1", "data", 64, 3, 2)
    tensor = builder.pooling("pool1", tensor, "max", 3, 2)
    for module, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64), start=2):
        prefix, expand = f"fire{module}/", 4 * squeeze
        tensor = _conv_relu(builder, prefix, "squeeze1x1", tensor, squeeze, 1)
        one = _conv_relu(builder, prefix, "expand1x1", tensor, expand, 1)
        three = _conv_relu(builder, prefix, "expand3x3", tensor, expand, 3, 1, 1)
        tensor = builder.concat(f"{prefix}concat", [one, three])
        if module in (3, 5):
            tensor = builder.pooling(f"pool{module}", tensor, "max", 3, 2)
    tensor = _conv_relu(builder, "", "conv10", tensor, 1000, 1)
    tensor = builder.pooling("pool10", tensor, "average")
    builder.softmax("prob", tensor)
    return builder.build()


def mobilenet(name: str) -> Graph:
    """MobileNet v1 1.0 (Howard et al. 2017) as trained by shicai: depthwise and pointwise convolutions in turn."""
    builder = GraphBuilder(name, "data", 224, 224)
    tensor = _conv_bn(builder, "conv1", "relu1", "data", 32, 3, 2, 1)
    channels = 32
    for block, stride, width in [
        ("2_1", 1, 64),
        ("2_2", 2, 128),
        ("3_1", 1, 128),
        ("3_2", 2, 256),
        ("4_1", 1, 256),
        ("4_2", 2, 512),
        *((f"5_{number}", 1, 512) for number in range(1, 6)),
        ("5_6", 2, 1024),
        ("6", 1, 1024),
    ]:
        tensor = _conv_bn(builder, f"conv{block}/dw", f"relu{block}/dw", tensor, channels, 3, stride, 1, channels)
        tensor = _conv_bn(builder, f"conv{block}/sep", f"relu{block}/sep", tensor, width, 1)
        channels = width
    tensor = builder.pooling("pool6", tensor, "average")
    tensor = builder.convolution("fc7", tensor, 1000, 1)
    builder.softmax("prob", tensor)
    return builder.build()


def _conv_relu(
    builder: GraphBuilder,
    prefix: str,
    name: str,
    input: str,
    outputs: int,
    kernel: Size,
    stride: Size = 1,
    pad: Size = 0,
    relu: str = "",
) -> str:
    tensor = builder.convolution(f"{prefix}{name}", input, outputs, kernel, stride, pad)
    return builder.relu(f"{prefix}{relu or f'relu_{name}'}", tensor)


def _conv_bn(
    builder: GraphBuilder,
    name: str,
    relu: str,
    input: str,
    outputs: int,
    kernel: Size,
    stride: Size = 1,
    pad: Size = 0,
    group: int = 1,
) -> str:
    tensor = builder.convolution(name, input, outputs, kernel, stride, pad, group, bias=False)
    tensor = builder.batch_norm(f"{name}/bn", tensor, 1e-5)
    tensor = builder.scale(f"{name}/scale", tensor)
    return builder.relu(relu, tensor)
