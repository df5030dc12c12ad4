"""The framework-neutral graph of a network: what `graph.json` holds."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict, ValidationError

from bench.errors import UserError
from bench.prepare.network.nodes import AnyNode, Shape
from bench.records.schema import SCHEMA_VERSION, Record


class Graph(Record):
    """A network for inference with one input and one output, batch size 1.

    What does nothing at inference (dropout) is left out, and no two nodes share a tensor, as Caffe's in-place layers
    do.

    Attributes
    ----------
    input, input_shape
        Name and shape (1, channels, height, width) of the input tensor.
    output
        Name of the output tensor: always that of a softmax.
    nodes
        In an order in which they can be computed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA_VERSION
    name: str
    input: str
    input_shape: Shape
    output: str
    nodes: tuple[AnyNode, ...]

    @property
    def params(self) -> dict[str, Shape]:
        """Name and shape of every array in weights.npz, in the nodes' order."""
        return {name: shape for node in self.nodes for name, shape in node.params.items()}

    @property
    def shapes(self) -> dict[str, Shape]:
        """Shape of every tensor, the input's first."""
        return {self.input: self.input_shape, **{node.name: node.shape for node in self.nodes}}


def write_graph(path: Path, graph: Graph) -> None:
    """Write `graph.json`."""
    path.write_text(graph.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_graph(path: Path) -> Graph:
    """Read `graph.json`.

    Raises
    ------
    UserError
        If it is missing, damaged or of another version.
    """
    try:
        return Graph.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(
            f"{path} can't be read; run 'bench prepare --models {path.parent.name}' to make it anew"
        ) from error
