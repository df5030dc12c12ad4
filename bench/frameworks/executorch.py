"""ExecuTorch: a program exported from PyTorch's module, on XNNPACK."""

from __future__ import annotations

import json
import os
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from executorch.extension.pybindings import _portable_lib as runtime  # its other names import all of the exporter
from numpy.typing import NDArray

from bench.frameworks.conversion import cache_folder
from bench.frameworks.libraries import thread_count
from bench.frameworks.pytorch.graph import Network, elementary_local_response
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.graph import read_graph
from bench.prepare.network.weights import read_weights

FILE, TAKEN = "model.pte", "xnnpack.json"
DELEGATE = "executorch_call_delegate"
"""ExecuTorch's name for a part of the network that XNNPACK computes."""
VERSION = version("executorch")
OTHER_THREADS = thread_count()
"""Those that were there before ExecuTorch's: it counts none of its own."""


class Session:
    """One loaded network."""

    def __init__(self, program: Any, threads: int, taken: dict[str, Any]) -> None:
        self._program = program  # which owns the method
        self._method = program.load_method("forward")
        self._report = {"threads": threads, **taken}

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        probabilities: NDArray[np.float32] = self._method([torch.from_numpy(blob)])[0].numpy().reshape(-1)
        return probabilities

    def report(self) -> dict[str, Any]:
        """Return the threads, and what of the network XNNPACK took, as `frameworks.Reporting` has it."""
        return self._report


def converted(model: PreparedModel) -> Path:
    """Return the folder of what `convert` writes."""
    return cache_folder(model, "executorch", VERSION)


def convert(model: PreparedModel, folder: Path) -> None:
    """Export ExecuTorch's program into an empty folder."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.data import bin as programs
    from executorch.exir import to_edge_transform_and_lower

    os.environ["FLATC_EXECUTABLE"] = str(Path(programs.__file__).with_name("flatc"))  # it would look along PATH
    graph = read_graph(model.graph_json)
    module = Network(graph, read_weights(model.weights_npz), elementary_local_response).eval()
    program = torch.export.export(module, (torch.zeros(graph.input_shape),))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    nodes = [node.target for node in lowered.exported_program().graph.nodes if node.op == "call_function"]
    calls = Counter(getattr(target, "__name__", str(target)) for target in nodes)
    taken = {"xnnpack_parts": calls.pop(DELEGATE, 0), "not_xnnpack": dict(calls)}
    (folder / TAKEN).write_text(json.dumps(taken), encoding="utf-8")
    (folder / FILE).write_bytes(lowered.to_executorch().buffer)


def load(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads."""
    runtime._unsafe_reset_threadpool(threads)
    folder = converted(model)
    program = runtime._load_program(str(folder / FILE))
    return Session(program, 1 + thread_count() - OTHER_THREADS, json.loads((folder / TAKEN).read_text()))


def build_info() -> dict[str, Any]:
    """Return what ExecuTorch reports of itself."""
    return {"version": VERSION, "torch": torch.__version__, "backends": runtime._get_registered_backend_names()}
