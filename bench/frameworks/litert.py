"""LiteRT, formerly TensorFlow Lite, on XNNPACK: files written here of the neutral graph, or published ones."""

from __future__ import annotations

import ctypes
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

try:
    from ai_edge_litert.interpreter import Interpreter

    PACKAGE = "ai-edge-litert"
except ModuleNotFoundError:  # for 32-bit ARM PyPI has its predecessor alone, without XNNPACK
    from tflite_runtime.interpreter import Interpreter

    PACKAGE = "tflite-runtime"

from bench.board.identity import docker_platform
from bench.frameworks import count_formats
from bench.frameworks.conversion import cache_folder
from bench.frameworks.libraries import thread_count
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.graph import read_graph
from bench.prepare.network.weights import read_weights

FILE, HALF_FILE = "model.tflite", "half.tflite"
VERSION = version(PACKAGE)
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
DELEGATE = "DELEGATE"
"""LiteRT's name for a part of the network that XNNPACK computes."""
HWCAP = 16
"""The kernel's name for what a processor can do (linux/auxvec.h)."""
FPHP_AND_ASIMDHP = 1 << 9 | 1 << 10
"""Of that on 64-bit ARM, arithmetic of float16 (asm/hwcap.h)."""


class Session:
    """One loaded network."""

    def __init__(self, interpreter: Interpreter, threads: int, half: bool = False) -> None:
        self._interpreter = interpreter
        self._threads = threads
        self._half = half
        self._input = interpreter.get_input_details()[0]["index"]
        self._output = interpreter.get_output_details()[0]["index"]

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        self._interpreter.set_tensor(self._input, blob)
        self._interpreter.invoke()
        probabilities: NDArray[np.float32] = self._interpreter.get_tensor(self._output).reshape(-1)
        return probabilities

    def report(self) -> dict[str, Any]:
        """Return what XNNPACK took of the network, and the rest, as `frameworks.Reporting` has it."""
        operators = self._interpreter._get_ops_details()
        delegates = [operator for operator in operators if operator["op_name"] == DELEGATE]
        made = {tensor for delegate in delegates for tensor in delegate["outputs"]}
        wanted = {self._output, *(tensor for delegate in delegates for tensor in delegate["inputs"])}
        rest: Counter[str] = Counter()
        for operator in reversed([operator for operator in operators if operator["op_name"] != DELEGATE]):
            # A tensor that is not within a delegate's part, and that no delegate makes, is made by its own operator.
            if wanted.intersection(operator["outputs"]) - made:
                rest[operator["op_name"]] += 1
                wanted.update(operator["inputs"])
        return {
            "threads": self._threads,
            "half": self._half,  # which it does not tell: the file asks for it, and XNNPACK follows where it can
            "operators": len(operators) - len(delegates),
            "computed_in": count_formats(self._formats(operators), ["int8", "uint8"], ["float32"]),
            "xnnpack_parts": len(delegates),
            "not_xnnpack": dict(rest),
        }

    def _formats(self, operators: Iterable[dict[str, Any]]) -> Iterator[str]:
        """Yield of each operator with weights in what it computes: the type of both its input and its weights."""
        types = {tensor["index"]: np.dtype(tensor["dtype"]).name for tensor in self._interpreter.get_tensor_details()}
        for operator in operators:
            if operator["op_name"] in WEIGHTED:
                kinds = {types[tensor] for tensor in operator["inputs"][:2]}
                yield kinds.pop() if len(kinds) == 1 else "float32"


class PublishedSession(Session):
    """One loaded network as TensorFlow's people publish it in eight bits.

    Its image is (1, height, width, 3), its image and its classes are integers that the file says the meaning of. Among
    the classes may be the background, which is the first then.

    Raises
    ------
    ValueError
        If the file is not of that kind, or for other classes.
    """

    def __init__(self, interpreter: Interpreter, threads: int, classes: int) -> None:
        super().__init__(interpreter, threads)
        self._pixels = Integers.of(interpreter.get_input_details()[0])
        output = interpreter.get_output_details()[0]
        self._scores = Integers.of(output)
        self._background = int(output["shape"][-1]) - classes
        if self._background not in (0, 1):
            raise ValueError(f"it has {output['shape'][-1]} classes, not {classes} with or without a background")

    def infer(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, as `frameworks.Session` has it."""
        self._interpreter.set_tensor(self._input, self._pixels.stand_for(blob.transpose(0, 2, 3, 1)))
        self._interpreter.invoke()
        scores = self._interpreter.get_tensor(self._output).reshape(-1)[self._background :]
        return self._scores.meaning(scores)


class Integers(NamedTuple):
    """What the integers of a tensor mean: (integer - zero) · scale."""

    kind: np.dtype[Any]
    scale: float
    zero: int

    @classmethod
    def of(cls, tensor: dict[str, Any]) -> Integers:
        """Return what the file says of a tensor; raises ValueError if it does not hold 8-bit integers."""
        kind, (scale, zero) = np.dtype(tensor["dtype"]), tensor["quantization"]
        if kind not in (np.uint8, np.int8) or not scale:
            raise ValueError(f"its {tensor['name']} is {kind}, not 8-bit integers with a scale")
        return cls(kind, scale, zero)

    def stand_for(self, numbers: NDArray[np.float32]) -> NDArray[Any]:
        """Return the nearest integers."""
        limits, steps = np.iinfo(self.kind), np.rint(numbers / np.float32(self.scale)) + self.zero
        integers: NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(self.kind)
        return integers

    def meaning(self, integers: NDArray[Any]) -> NDArray[np.float32]:
        """Return what integers mean."""
        numbers: NDArray[np.float32] = (integers.astype(np.float32) - self.zero) * np.float32(self.scale)
        return numbers


def converted(model: PreparedModel) -> Path:
    """Return the folder of what `convert` writes, which suits the processor."""
    return cache_folder(model, "litert", f"{VERSION}-half" if has_half() else VERSION)


def convert(model: PreparedModel, folder: Path) -> None:
    """Write a TFLite file into an empty folder, and one for float16 where the processor has it.

    In int8 it was there when the model was prepared.
    """
    if model.record.precision == "int8":
        shutil.copy(model.tflite, folder / FILE)
        return
    from bench.prepare.formats.tflite.write import write_tflite  # which needs flatbuffers, as loading does not

    graph, weights = read_graph(model.graph_json), read_weights(model.weights_npz)
    write_tflite(folder / FILE, graph, weights)
    if has_half():
        write_tflite(folder / HALF_FILE, graph, weights, half=True)


def load(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads, in the numbers of its file."""
    interpreter, running = _load(converted(model) / FILE, threads)
    if model.record.source:
        return PublishedSession(interpreter, running, model.record.classes)
    return Session(interpreter, running)


def load_half(model: PreparedModel, threads: int) -> Session:
    """Load a converted model on `threads` CPU threads, in float16."""
    return Session(*_load(converted(model) / HALF_FILE, threads), half=has_half())


def has_half() -> bool:
    """Return whether the kernel finds arithmetic of float16 in this processor; XNNPACK asks it too."""
    ask = ctypes.CDLL(None).getauxval
    ask.argtypes, ask.restype = [ctypes.c_ulong], ctypes.c_ulong
    return docker_platform() == "linux/arm64" and ask(HWCAP) & FPHP_AND_ASIMDHP == FPHP_AND_ASIMDHP


def _load(file: Path, threads: int) -> tuple[Interpreter, int]:
    """Return an interpreter of a file, and the threads that it runs on."""
    before = thread_count()
    interpreter = Interpreter(model_path=str(file), num_threads=threads)
    interpreter.allocate_tensors()
    return interpreter, 1 + thread_count() - before


def build_info() -> dict[str, Any]:
    """Return what LiteRT reports of itself: of which package it is which version."""
    return {"version": VERSION, "package": PACKAGE}
