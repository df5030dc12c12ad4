"""TensorFlow: the neutral graph, or TF-Slim's networks, as one function, kept as a SavedModel."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # it greets with a page of hints, else
os.environ.setdefault("KERAS_HOME", str(Path(gettempdir()) / "keras"))  # its settings, which nobody asked for at home

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from bench.frameworks.conversion import cache_folder
from bench.frameworks.libraries import thread_names
from bench.frameworks.tensorflow.graph import KERNELS, network
from bench.frameworks.tensorflow.slim import slim
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.graph import read_graph
from bench.prepare.network.weights import read_weights

OPERATIONS_AT_ONCE = "tf_Compute"
"""What TensorFlow calls the threads that start operations; by itself it makes as many as for within one."""


class Session:
    """One loaded network."""

    def __init__(self, module: Any) -> None:
        self._module = module  # which owns the weights
        self._function = module.infer.get_concrete_function()

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        probabilities: NDArray[np.float32] = self._function(tf.constant(blob)).numpy().reshape(-1)
        return probabilities

    def report(self) -> dict[str, Any]:
        """Return the threads, as `frameworks.Reporting` has it: those that were set, or that TensorFlow has chosen."""
        return {
            "threads": tf.config.threading.get_intra_op_parallelism_threads() or thread_names()[OPERATIONS_AT_ONCE],
            "inter_op_threads": thread_names()[OPERATIONS_AT_ONCE],
        }


def converted(model: PreparedModel) -> Path:
    """Return the folder of what `convert` writes, which suits the kernels in use."""
    return cache_folder(model, "tensorflow", f"{tf.__version__}-{KERNELS.lower()}")


def convert(model: PreparedModel, folder: Path) -> None:
    """Write a SavedModel into an empty folder."""
    if model.record.source:
        module = slim(model.folder, (1, 3, model.record.height, model.record.width))
    else:
        module = network(read_graph(model.graph_json), read_weights(model.weights_npz))
    tf.saved_model.save(module, str(folder))


def load(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads."""
    if threads != _processors():  # else what TensorFlow chooses is the same, and it is left to do so
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        # Branches at once, each on all threads, would use more of the processor than was asked for.
        tf.config.threading.set_inter_op_parallelism_threads(1)
    return Session(tf.saved_model.load(str(converted(model))))


def build_info() -> dict[str, Any]:
    """Return what TensorFlow reports of itself."""
    return {
        "version": tf.__version__,
        "compiler": tf.version.COMPILER_VERSION,
        "flags": " ".join(tf.sysconfig.get_compile_flags()),
        "blas": KERNELS,
        # 0 before a model is loaded: TensorFlow would take them all.
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or _processors(),
    }


def _processors() -> int:
    return len(os.sched_getaffinity(0))
