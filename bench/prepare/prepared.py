"""A prepared model: the folder that every framework loads from."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bench.errors import UserError
from bench.results.schema import SCHEMA_VERSION, Record, Weights


class Provenance(Record):
    """Where a prepared model's graph and weights came from."""

    graph: str
    weights: str
    weights_sha256: str
    licence: str


class ModelRecord(Record):
    """`model.json`.

    Attributes
    ----------
    height, width
        Size of the input in pixels; the input blob is float32 `(1, 3, height, width)`, BGR.
    mean
        Subtracted from each channel, in BGR order, before scaling.
    scale
        Factor after the subtraction.
    classes
        Length of the output.
    sha256
        Digest of every other file of the folder, by name.
    """

    schema_version: int = SCHEMA_VERSION
    name: str
    title: str
    height: int
    width: int
    mean: tuple[float, float, float]
    scale: float
    classes: int
    input_name: str
    output_name: str
    weights: Weights
    provenance: Provenance
    sha256: dict[str, str]


class PreparedModel:
    """One folder of `prepared/`, opened.

    Parameters
    ----------
    folder : Path
        The folder that holds `model.json`.

    Raises
    ------
    UserError
        If there is no prepared model there, or its `model.json` can't be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.record = ModelRecord.model_validate_json((folder / "model.json").read_bytes())
        except FileNotFoundError:
            raise UserError(f"{folder.name}: no prepared model in {folder.parent}; run 'bench prepare' first") from None
        except ValidationError as error:
            raise UserError(
                f"{folder / 'model.json'} can't be read ({error.error_count()} errors); delete {folder} and run 'bench prepare {folder.name}'"
            ) from error

    @property
    def name(self) -> str:
        """The model's name in the catalog."""
        return self.record.name

    @property
    def input_name(self) -> str:
        """Name of the input blob."""
        return self.record.input_name

    @property
    def output_name(self) -> str:
        """Name of the output blob, which holds the class probabilities."""
        return self.record.output_name

    @property
    def prototxt(self) -> Path:
        """The graph in Caffe's V2 text format, batch size 1."""
        return self.folder / "deploy.prototxt"

    @property
    def caffemodel(self) -> Path:
        """The weights in Caffe's V2 binary format."""
        return self.folder / "weights.caffemodel"

    @property
    def graph_json(self) -> Path:
        """The framework-neutral graph."""
        return self.folder / "graph.json"

    @property
    def weights_npz(self) -> Path:
        """The framework-neutral weights."""
        return self.folder / "weights.npz"

    @property
    def onnx(self) -> Path:
        """The same network as an ONNX file."""
        return self.folder / "model.onnx"
