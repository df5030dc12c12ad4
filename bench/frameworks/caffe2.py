"""Caffe2: nets that its own translator makes of the prepared Caffe files, or those of its model zoo."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from caffe2.proto import caffe2_pb2
from caffe2.python import core, workspace

from bench.frameworks.conversion import cache_folder
from bench.frameworks.libraries import image_build, openmp_threads
from bench.prepare.models.prepared import PreparedModel

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray


class Session:
    """One loaded network."""

    def __init__(self, net: str, input_name: str, output_name: str) -> None:
        self._net = net
        self._input_name = input_name
        self._output_name = output_name

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        workspace.FeedBlob(self._input_name, blob)
        workspace.RunNet(self._net)
        probabilities: NDArray[np.float32] = workspace.FetchBlob(self._output_name).reshape(-1)
        return probabilities


def converted(model: PreparedModel) -> Path:
    """Return the folder of what `convert` writes."""
    return cache_folder(model, "caffe2", image_build()["version"])


def convert(model: PreparedModel, folder: Path) -> None:
    """Write init_net.pb (the weights) and predict_net.pb (the graph) into an empty folder."""
    if model.record.source:
        for name in model.record.sha256:
            shutil.copy(model.folder / name, folder)
        return
    from caffe.proto import caffe_pb2  # the one part of Caffe in the image, which the translator imports too
    from caffe2.python import caffe_translator
    from google.protobuf import text_format

    graph, weights = caffe_pb2.NetParameter(), caffe_pb2.NetParameter()
    text_format.Merge(model.prototxt.read_text(encoding="utf-8"), graph)
    weights.ParseFromString(model.caffemodel.read_bytes())
    # Caffe's own rule for the last window of a pooling, which the translator calls legacy padding, is to be kept.
    net, params = caffe_translator.TranslateModel(graph, weights, is_test=True, remove_legacy_pad=False)
    whole = {
        layer.top[0] for layer in graph.layer if layer.pooling_param.round_mode == caffe_pb2.PoolingParameter.FLOOR
    }
    for operator in net.op:
        if operator.output[0] in whole:  # which the translator overlooks
            rules = [arg for arg in operator.arg if arg.name == "legacy_pad"]
            for rule in rules:
                operator.arg.remove(rule)
        if operator.type == "AveragePool":  # Caffe counts the padding's zeros
            operator.arg.add(name="count_include_pad", i=1)
    net.external_input.extend([model.input_name, *(param.name for param in params.protos)])
    net.external_output.append(model.output_name)
    # The translator has a function for this, too, which takes minutes on a Pi.
    init_net = caffe2_pb2.NetDef(name=f"{net.name}_init")
    for param in params.protos:
        fill = init_net.op.add(type="GivenTensorFill", output=[param.name])
        fill.arg.add(name="shape", ints=param.dims)
        fill.arg.add(name="values", floats=param.float_data)
    (folder / "init_net.pb").write_bytes(init_net.SerializeToString())
    (folder / "predict_net.pb").write_bytes(net.SerializeToString())


def load(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads."""
    _initialise(threads)
    workspace.ResetWorkspace()
    workspace.RunNetOnce(_net(converted(model) / "init_net.pb"))
    net = _net(converted(model) / "predict_net.pb")
    workspace.CreateBlob(net.external_input[0])
    workspace.CreateNet(net)
    return Session(net.name, net.external_input[0], net.op[-1].output[0])


@cache  # Caffe2 takes these once per process
def _initialise(threads: int) -> None:
    core.GlobalInit(["caffe2", f"--caffe2_omp_num_threads={threads}", "--caffe2_log_level=2"])


def _net(path: Path) -> Any:
    net = caffe2_pb2.NetDef()
    net.ParseFromString(path.read_bytes())
    return net


def build_info() -> dict[str, Any]:
    """Return what Caffe2 reports of its build, and the threads that its OpenMP will use."""
    build = image_build()
    options = dict(workspace.C.get_build_options())
    return {
        "version": build.get("version"),
        "build": build,
        "blas": "Eigen" if options.get("USE_EIGEN_FOR_BLAS") == "ON" else options.get("BLAS"),
        "options": options,
        "flags": options.get("CXX_FLAGS"),
        "threads": openmp_threads(),
    }
