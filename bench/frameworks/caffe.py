"""Caffe through pycaffe, which reads the prepared Caffe files as they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

os.environ.setdefault("GLOG_minloglevel", "2")  # Caffe prints the whole network while loading, else

import caffe
import numpy as np

from bench.frameworks.libraries import image_build, openblas, set_openblas_threads
from bench.prepare.models.prepared import PreparedModel

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray


class Session:
    """One loaded network."""

    def __init__(self, net: caffe.Net, input_name: str, output_name: str) -> None:
        self._net = net
        self._input = net.blobs[input_name]
        self._output = net.blobs[output_name]

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        self._input.data[...] = blob
        self._net.forward()
        probabilities: NDArray[np.float32] = self._output.data.reshape(-1).copy()
        return probabilities


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads: Caffe's only parallel part is its BLAS."""
    caffe.set_mode_cpu()
    set_openblas_threads(threads)
    net = caffe.Net(str(model.prototxt), str(model.caffemodel), caffe.TEST)
    return Session(net, model.input_name, model.output_name)


def build_info() -> dict[str, Any]:
    """Return what Caffe's build wrote down, and the BLAS that is mapped into this process."""
    blas, build = openblas(), image_build()
    return {
        "version": caffe.__version__,
        "blas": "OpenBLAS" if blas else None,
        "openblas": blas,
        "build": build,
        "flags": build.get("flags"),
        "threads": blas["threads"] if blas else None,
    }
