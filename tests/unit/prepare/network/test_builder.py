from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.prepare.network.builder import GraphBuilder
from bench.prepare.network.kernels import convolved_size, pooled_size
from bench.prepare.network.nodes import Softmax

windows = st.tuples(st.integers(1, 60), st.integers(1, 11), st.integers(1, 6), st.integers(0, 5)).filter(
    lambda window: window[1] <= window[0] + 2 * window[3] and window[3] < window[1]
)


@given(windows)
def test_pooling_windows_cover_the_padded_image_and_none_starts_in_the_padding_after_it(
    window: tuple[int, int, int, int],
) -> None:
    size, kernel, stride, pad = window
    starts = [0]
    while starts[-1] + kernel < size + 2 * pad:
        starts.append(starts[-1] + stride)
    if pad and starts[-1] >= size + pad:
        starts.pop()
    assert pooled_size(size, kernel, stride, pad) == len(starts)


@given(windows)
def test_convolution_windows_stay_inside_the_padded_image(window: tuple[int, int, int, int]) -> None:
    size, kernel, stride, pad = window
    inside = [start for start in range(0, size + 2 * pad, stride) if start + kernel <= size + 2 * pad]
    assert convolved_size(size, kernel, stride, pad) == len(inside)


def test_shapes_and_arrays_follow_from_the_layers() -> None:
    builder = GraphBuilder("net", "data", 9, 7)
    tensor = builder.convolution("conv", "data", 6, (3, 1), stride=2, pad=(1, 0), group=3)
    tensor = builder.batch_norm("bn", tensor, 1e-5)
    tensor = builder.pooling("pool", tensor, "max", 2, 2)
    builder.inner_product("fc", tensor, 4)
    graph = builder.build()
    assert graph.shapes == {
        "data": (1, 3, 9, 7),
        "conv": (1, 6, 5, 4),
        "bn": (1, 6, 5, 4),
        "pool": (1, 6, 3, 2),
        "fc": (1, 4),
        "prob": (1, 4),
    }
    assert graph.params == {
        "conv.weight": (6, 1, 3, 1),
        "conv.bias": (6,),
        "bn.mean": (6,),
        "bn.variance": (6,),
        "fc.weight": (4, 36),
        "fc.bias": (4,),
    }


def test_a_network_without_a_softmax_gets_one() -> None:
    builder = GraphBuilder("net", "data", 4, 4)
    builder.pooling("pool", "data", "average")
    graph = builder.build()
    assert graph.output == "prob"
    assert graph.nodes[-1] == Softmax(name="prob", inputs=("pool",), shape=(1, 3, 1, 1))


def test_what_does_not_fit_is_refused_by_the_node_that_does_not() -> None:
    builder = GraphBuilder("net", "data", 4, 4)
    builder.convolution("half", "data", 8, 2, 2)
    with pytest.raises(ValueError, match="big: its kernel"):
        builder.convolution("big", "half", 8, 3)
    with pytest.raises(ValueError, match="both: its inputs differ in size"):
        builder.concat("both", ["data", "half"])
    with pytest.raises(ValueError, match="groups: 8 channels"):
        builder.convolution("groups", "half", 8, 1, group=3)
    with pytest.raises(ValueError, match="blind: a kernel would see nothing"):
        builder.pooling("blind", "half", "max", 1, 3)
    with pytest.raises(ValueError, match="lost: its input nowhere"):
        builder.relu("lost", "nowhere")
    with pytest.raises(ValueError, match="half: there are two"):
        builder.relu("half", "data")


def test_a_network_with_two_outputs_is_refused() -> None:
    builder = GraphBuilder("net", "data", 4, 4)
    builder.relu("one", "data")
    builder.relu("two", "data")
    with pytest.raises(ValueError, match="one output, not 2: one, two"):
        builder.build()


def test_an_output_with_several_positions_is_refused() -> None:
    builder = GraphBuilder("net", "data", 4, 4)
    builder.relu("one", "data")
    with pytest.raises(ValueError, match="one probability for each class"):
        builder.build()
