"""A node that a writer does not know is an error, not something else."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.prepare.formats.onnx.write import write_onnx
from bench.prepare.formats.prototxt_write import write_prototxt
from bench.prepare.network.graph import Graph
from bench.prepare.network.nodes import Node


class Mystery(Node):
    """An operation of tomorrow."""

    op: str = "Mystery"


UNKNOWN: Any = Mystery(name="riddle", inputs=("data",), shape=(1, 3, 8, 8))
GRAPH = Graph(name="net", input="data", input_shape=(1, 3, 8, 8), output="riddle", nodes=()).model_copy(
    update={"nodes": (UNKNOWN,)}
)


@pytest.fixture
def tensorflow_graph(monkeypatch: pytest.MonkeyPatch) -> Any:
    """TensorFlow's writer, which gets as far as the unknown node without TensorFlow."""
    util = SimpleNamespace(_pywrap_util_port=SimpleNamespace(IsMklEnabled=lambda: False))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "tensorflow.python", SimpleNamespace(util=util))
    monkeypatch.setitem(sys.modules, "tensorflow.python.util", util)
    name = "bench.frameworks.tensorflow.graph"
    monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module(name)
    del sys.modules[name]


@pytest.mark.parametrize("write", [lambda path: write_onnx(path, GRAPH, {}), lambda path: write_prototxt(path, GRAPH)])
def test_an_unknown_node_is_refused_by_name(write: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"riddle.*knows no such operation"):
        write(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_an_unknown_node_is_refused_by_tensorflow_s_writer(tensorflow_graph: Any) -> None:
    with pytest.raises(TypeError, match=r"riddle.*TensorFlow's writer knows no such operation"):
        tensorflow_graph._node(UNKNOWN, [None], [])
