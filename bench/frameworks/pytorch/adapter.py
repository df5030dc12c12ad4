"""PyTorch: a module built of the neutral graph, as frozen TorchScript, which is faster than as it is."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.frameworks.pytorch.graph import Network
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.graph import read_graph
from bench.prepare.network.weights import read_weights

OPTIMIZED = int(torch.__version__.partition(".")[0]) >= 2
"""Before, what it makes of a convolution with a clip or a hard swish after it is wrong (seen in Debian's 1.13)."""


class Session:
    """One loaded network."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        with torch.inference_mode():
            probabilities: NDArray[np.float32] = self._module(torch.from_numpy(blob)).numpy().reshape(-1)
        return probabilities


def load(model: PreparedModel, threads: int) -> Session:
    """Load a prepared model on `threads` CPU threads."""
    torch.set_num_threads(threads)
    _one_operation_at_a_time()
    graph = read_graph(model.graph_json)
    module = Network(graph, read_weights(model.weights_npz)).eval()
    with torch.inference_mode():
        frozen = torch.jit.freeze(torch.jit.trace(module, torch.zeros(graph.input_shape), check_trace=False))
        return Session(torch.jit.optimize_for_inference(frozen) if OPTIMIZED else frozen)


@cache  # PyTorch takes it once per process
def _one_operation_at_a_time() -> None:
    torch.set_num_interop_threads(1)


def build_info() -> dict[str, Any]:
    """Return what PyTorch reports of itself."""
    configuration = torch.__config__.show()

    def setting(name: str) -> str | None:
        found = re.search(rf"{name}=([^,]*)", configuration)
        return found.group(1).strip() if found else None

    return {
        "version": torch.__version__,
        "execution": "TorchScript, frozen" + (", optimized for inference" if OPTIMIZED else ""),
        "blas": setting("BLAS_INFO"),
        "flags": setting("CXX_FLAGS"),
        "configuration": configuration,
        "mkldnn": torch.backends.mkldnn.is_available(),
        "threads": torch.get_num_threads(),
        "inter_op_threads": torch.get_num_interop_threads(),
    }
