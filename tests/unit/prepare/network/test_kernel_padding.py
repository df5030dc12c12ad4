"""The padding with which a window's own count of windows fits exactly, whatever rule made that count."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from bench.prepare.network.kernels import pooled_size
from bench.prepare.network.nodes import Pooling

small = st.integers(1, 7)


def pooling(size: int, kernel: int, stride: int, pad: int) -> Pooling:
    count = pooled_size(size, kernel, stride, pad)
    window = {"kernel": (kernel, kernel), "stride": (stride, stride), "pad": (pad, pad)}
    return Pooling(name="pool", inputs=("data",), shape=(1, 3, count, count), method="max", **window)


def test_googlenet_s_first_pooling_sticks_out_by_one() -> None:
    assert pooling(112, 3, 2, 0).padding((112, 112)) == ((0, 1), (0, 1))


@given(size=st.integers(7, 40), kernel=small, stride=small, pad=st.integers(0, 3))
def test_so_padded_exactly_as_many_windows_fit_as_caffe_pools(size: int, kernel: int, stride: int, pad: int) -> None:
    assume(pad < kernel)
    node = pooling(size, kernel, stride, pad)
    (before, after), _ = node.padding((size, size))
    assert before == pad
    assert (size + before + after - kernel) // stride + 1 >= node.shape[2]
    if after > 0:  # no more than needed
        assert (size + before + after - kernel) // stride + 1 == node.shape[2]
        assert (size + before + after - 1 - kernel) // stride + 1 < node.shape[2]
