"""ncnn, which loads the two files that this project writes of the neutral graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ncnn
import numpy as np
from numpy.typing import NDArray

from bench.frameworks.conversion import cache_folder
from bench.prepare.formats.ncnn import BIN, INPUT, OUTPUT, PARAM, write_ncnn
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.folding import fold
from bench.prepare.network.graph import read_graph
from bench.prepare.network.weights import read_weights

HALF = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic")
"""What ncnn would do by itself where the processor can, and with an inner product's weights everywhere."""


class Session:
    """One loaded network."""

    def __init__(self, net: ncnn.Net) -> None:
        self._net = net

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        extractor = self._net.create_extractor()  # which keeps what it has computed: a new one for each image
        # A copy: a first layer that works in place would end the process over memory that is not ncnn's own.
        extractor.input(INPUT, ncnn.Mat(blob[0]).clone())
        error, output = extractor.extract(OUTPUT)
        if error:
            raise RuntimeError(f"ncnn returned {error}")
        return np.array(output).reshape(-1)  # a copy: the extractor owns the output

    def report(self) -> dict[str, Any]:
        """Return the options in force, as `frameworks.Reporting` has it."""
        options = {name: getattr(self._net.opt, name) for name in HALF}
        return {"threads": self._net.opt.num_threads, **options, "half": any(options.values())}


def converted(model: PreparedModel) -> Path:
    """Return the folder of what `convert` writes."""
    return cache_folder(model, "ncnn", ncnn.__version__)


def convert(model: PreparedModel, folder: Path) -> None:
    """Write ncnn's two files, batch normalisation folded in, into an empty folder."""
    write_ncnn(folder, *fold(read_graph(model.graph_json), read_weights(model.weights_npz)))


def load(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads, in float32."""
    return _load(model, threads, half=False)


def load_half(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads, in float16."""
    return _load(model, threads, half=True)


def has_half() -> bool:
    """Return whether ncnn finds arithmetic of float16 in this processor."""
    return bool(ncnn.cpu_support_arm_asimdhp())


def _load(model: PreparedModel, threads: int, half: bool) -> Session:
    net = ncnn.Net()
    net.opt.num_threads = threads
    for name in HALF:
        setattr(net.opt, name, half)
    folder = converted(model)
    if net.load_param(str(folder / PARAM)) or net.load_model(str(folder / BIN)):
        raise RuntimeError(f"ncnn can't load {folder}")
    return Session(net)


def build_info() -> dict[str, Any]:
    """Return what ncnn reports of itself: the instruction sets that it finds."""
    sets = [name for name in dir(ncnn) if name.startswith("cpu_support_")]
    return {
        "version": ncnn.__version__,
        "cpu_features": [name[len("cpu_support_") :] for name in sets if getattr(ncnn, name)()],
    }
