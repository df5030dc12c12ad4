"""A prepared model: the folder that every framework loads from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from pydantic import Field, ValidationError

from bench.catalog import models
from bench.errors import UserError
from bench.records.digests import file_digest
from bench.records.files import refuse_links
from bench.records.schema import SCHEMA_VERSION, ChannelOrder, Form, OwnModel, Precision, Record, Scaling, Weights
from bench.records.seal import is_changed, unsealed


class Provenance(Record):
    """Where a prepared model's graph and weights came from.

    Attributes
    ----------
    graph, weights
        The file and its digest, or how they were made here.
    weights_sha256
        Of all numbers (`bench.prepare.network.weights.weights_sha256`), so that the same weights from different files
        agree.
    """

    graph: str
    weights: str
    weights_sha256: str
    licence: str


class Calibration(Record):
    """On what a model was quantised.

    Attributes
    ----------
    images
        Their names: accuracy is not taken over them.
    images_sha256
        Of the image set that they are from.
    labelled
        Whether they were chosen, with `seed`, among labelled ones; else they are what there was.
    """

    images: list[str]
    images_sha256: str
    labelled: bool
    seed: int


class ModelRecord(Record):
    """`model.json`.

    Attributes
    ----------
    height, width
        Size of the input in pixels; the input blob is float32 `(1, 3, height, width)`.
    order
        Of the blob's channels.
    mean
        Subtracted from each channel, in that order, before scaling.
    scale
        Factor after the subtraction: one for all channels, or one for each in that order.
    classes
        Length of the output.
    sha256, sizes
        Digest, and size in bytes, of every other file of the folder, by name.
    bench_version
        Of the program that prepared it, with a digest of its modules that prepare where they decide what comes of it.
    source
        Whose own files these are (`catalog/native.toml`): `input_name` and `output_name` are then empty, because the
        files know. Empty for what every framework loads.
    form
        In which it was published.
    lacks
        The forms that can't say this network, and why.
    precision, calibration
        In what numbers it computes, and on what it was quantised, if that is not float32.
    own
        What it was made of, if it is the user's own and not the catalog's.
    """

    schema_version: int = SCHEMA_VERSION
    name: str
    title: str
    height: int
    width: int
    order: ChannelOrder = "BGR"
    mean: tuple[float, float, float]
    scale: Scaling
    classes: int
    input_name: str
    output_name: str
    weights: Weights
    provenance: Provenance
    sha256: dict[str, str]
    sizes: dict[str, int] = Field(default_factory=dict)
    bench_version: str = ""
    source: str = ""
    form: Form = "caffe"
    lacks: dict[Form, str] = Field(default_factory=dict)
    precision: Precision = "fp32"
    calibration: Optional[Calibration] = None
    own: Optional[OwnModel] = None


def prepared_folder(prepared: Path, model: str, source: str = "", precision: Precision = "fp32") -> Path:
    """Return the folder of a prepared model in a precision, or of a framework's own files of it.

    What computes in float16 takes float32's files.
    """
    kind = source or (precision if precision == "int8" else "")
    return prepared / (f"{model}@{kind}" if kind else model)


def prepared_own(prepared: Path) -> list[OwnModel]:
    """Return the user's own models that are prepared, which are known by their names without their files."""
    found = []
    for file in sorted(prepared.glob("*/model.json")):
        if file.parent.name in models() or "@" in file.parent.name:
            continue
        try:
            own = PreparedModel(file.parent).record.own
        except UserError:  # whoever wants it says what is wrong with it
            continue
        found += [own] if own is not None and own.name == file.parent.name else []
    return found


def model_of(folder: Path) -> str:
    """Return the name of the model whose prepared folder that is."""
    return folder.name.partition("@")[0]


def _option(folder: Path) -> str:
    _, _, kind = folder.name.partition("@")
    return f" --{'precision' if kind == 'int8' else 'source'} {kind}" if kind else ""


class PreparedModel:
    """One folder of `prepared/`, opened.

    Parameters
    ----------
    folder : Path
        The folder that holds `model.json`.

    Raises
    ------
    UserError
        If there is no prepared model there, its `model.json` can't be read, or a file of it is a symbolic link.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        refuse_links(folder)
        try:
            content = (folder / "model.json").read_bytes()
        except FileNotFoundError:
            raise UserError(
                f"{folder.name}: no prepared model in {folder.parent}; run 'bench prepare{_option(folder)}' first"
            ) from None
        except OSError as error:
            raise UserError(
                f"{folder / 'model.json'} can't be read ({error.strerror}); check that it is yours"
            ) from None
        try:
            self.record = ModelRecord.model_validate(unsealed(content))
        except (ValidationError, ValueError) as error:
            again = f"run 'bench prepare --models {model_of(folder)}{_option(folder)}' to make it anew"
            raise UserError(f"{folder / 'model.json'} is damaged; {again}") from error
        self._changed = is_changed(content)

    def verify(self) -> None:
        """Read every file once and compare it with its digest; raises UserError if one is missing or damaged."""
        damage = self.damage()
        if damage:
            raise UserError(f"{damage}; run 'bench prepare --models {self.name}{_option(self.folder)}' to make it anew")

    def damage(self) -> str | None:
        """Return what is wrong with the files, or None: like `verify`, for who can fix it."""
        if self._changed:
            return f"{self.name}: model.json was changed after it was written"
        for name, digest in self.record.sha256.items():
            path = self.folder / name
            if not path.is_file():
                return f"{self.name}: {name} is missing from {self.folder}"
            found = path.stat().st_size
            size = self.record.sizes.get(name, found)
            if found != size or file_digest(path, "sha256") != digest:
                return f"{self.name}: {name} is {found:,} of {size:,} bytes and its sha256 does not match"
        return None

    def why_not(self, forms: Sequence[Form]) -> str | None:
        """Return why a framework that reads only these forms can't have this network; None if one of them is there."""
        lacks = self.record.lacks
        return lacks[forms[0]] if all(form in lacks for form in forms) else None

    @property
    def name(self) -> str:
        """The model's name in the catalog."""
        return self.record.name

    @property
    def size(self) -> Optional[int]:
        """Bytes of the ONNX file, which says in every precision how large the network is; else of all its files."""
        sizes = self.record.sizes
        return sizes.get(self.onnx.name, sum(sizes.values())) or None

    @property
    def digest(self) -> str:
        """A short digest of every file, which names what is made of them."""
        files = json.dumps(self.record.sha256, sort_keys=True)
        return hashlib.sha256(files.encode()).hexdigest()[:12]

    @property
    def cache(self) -> Path:
        """Where frameworks keep what they make of this model: RESULTS/cache/MODEL beside RESULTS/prepared/MODEL."""
        return self.folder.resolve().parents[1] / "cache" / self.folder.name

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

    @property
    def qlinear(self) -> Path:
        """In int8, the same network in ONNX's integer operators."""
        return self.folder / "model.qlinear.onnx"

    @property
    def tflite(self) -> Path:
        """In int8, the same network as a TFLite file."""
        return self.folder / "model.tflite"
