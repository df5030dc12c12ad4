"""The entries of the catalog's files, as typed records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Optional

from pydantic import model_validator

from bench.errors import UserError
from bench.records.schema import ChannelOrder, Form, OwnModel, Precision, Record, Scaling


class WeightsSource(Record):
    """A published file and its pin: the strongest digest that upstream published.

    Attributes
    ----------
    urls
        Where it can be had, in the order in which they are tried: the digest decides. None at all where nobody is known
        to publish the file in this form; a local folder may have it.
    size
        In bytes; None where upstream does not say.
    sha256, sha1, git_blob
        Exactly one is given, in hexadecimal. A git blob id is the sha1 of `blob <size>`, a zero byte and the content.
    """

    file: str
    urls: tuple[str, ...]
    size: Optional[int] = None
    sha256: Optional[str] = None
    sha1: Optional[str] = None
    git_blob: Optional[str] = None

    @model_validator(mode="after")
    def _has_one_pin(self) -> WeightsSource:
        if sum(pin is not None for pin in (self.sha256, self.sha1, self.git_blob)) != 1:
            raise ValueError("a source has exactly one of sha256, sha1, git_blob")
        return self


class Published(Record):
    """Accuracy on the ILSVRC-2012 validation set as a primary source states it, as fractions."""

    top1: float
    top5: Optional[float] = None
    source: str


class PaperRow(Record):
    """A row of the paper's Table 1 as printed; `note` says where the graph disagrees."""

    conv_stacked: int
    conv_total: int
    parameters_m: float
    note: Optional[str] = None


class Model(Record):
    """One model of the catalog, or the user's own; `prepare.prepared.ModelRecord` explains the input's fields.

    Attributes
    ----------
    suites
        Those it belongs to, beside `all`.
    paper
        None if the paper does not have it.
    own
        What it was made of, if it is the user's own.
    """

    name: str
    title: str
    height: int
    width: int
    order: ChannelOrder = "BGR"
    mean: tuple[float, float, float]
    scale: Scaling
    classes: int
    licence: str
    weights: WeightsSource
    published: Optional[Published] = None
    paper: Optional[PaperRow] = None
    suites: tuple[str, ...] = ()
    own: Optional[OwnModel] = None

    @property
    def form(self) -> Form:
        """The form it is published in: an ONNX file, or Caffe's two."""
        return "onnx" if self.weights.file.endswith(".onnx") else "caffe"


class Framework(Record):
    """One framework of the catalog.

    Attributes
    ----------
    platforms
        Those that can have it, in Docker's words.
    recipe
        Where its image gets it from: `wheel` is PyPI's, by the recipe that serves all of these; `compiled` and `debian`
        have stages of their own in the Dockerfile.
    reads
        The forms of a prepared model that its adapter takes the network from.
    blas
        What its build info may name as linear algebra, first what it is on a Pi's processor; none if it names none.
    no_fp16
        Why it measures no model in float16; None if its adapter can switch that on and off.
    no_int8
        Why it measures no model in int8; None if it takes one of the quantised files.
    budget_mb
        What its arm64 image may take, compressed, in megabytes.
    suites
        Those it belongs to, beside `all`.
    embedded
        Whether its lock, beside OpenCV's, installs it from PyPI without a container.
    unavailable
        Why it can't run: without its container if it is not `embedded`, else on other platforms.
    rival
        What the benchmark compares its image with: PyPI's `wheel` or `debian`'s package; None for no comparison.
    debian
        For platforms on which it comes from Debian instead of PyPI, the packages.
    drop
        Paths in its Python packages that its image leaves out, as patterns of the shell.
    """

    name: str
    title: str
    platforms: list[str]
    recipe: Literal["wheel", "compiled", "debian"]
    reads: list[Form]
    budget_mb: int
    no_fp16: Optional[str] = None
    no_int8: Optional[str] = None
    blas: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    embedded: bool = False
    unavailable: Optional[str] = None
    rival: Optional[Literal["wheel", "debian"]] = None
    debian: dict[str, list[str]] = {}  # noqa: RUF012  (pydantic copies it)
    drop: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_why_not(self) -> Framework:
        if not self.embedded and not self.unavailable:
            raise ValueError("a framework is embedded, or says why it is unavailable without its container")
        return self

    def embeds(self, platform: str) -> bool:
        """Return whether it can be installed from PyPI on a platform."""
        return self.embedded and platform in self.wheels()

    def why_not(self, precision: Precision) -> Optional[str]:
        """Return why it measures nothing in a precision on any processor; None if it can."""
        return {"fp32": None, "fp16": self.no_fp16, "int8": self.no_int8}[precision]

    def wheels(self) -> list[str]:
        """Return the platforms for which PyPI has it, where it is a wheel at all."""
        return [platform for platform in self.platforms if platform not in self.debian]


class NativeModel(Record):
    """What a framework's own people publish of a model; the input's fields as in `Model`.

    Attributes
    ----------
    files
        The published file for each name that the adapter loads, in each form of publication: one is enough, and the
        first is preferred.
    download
        The published file itself, or an archive (.tgz) that has the files of one form; None where nobody is known to
        publish them any more.
    """

    title: str
    files: list[dict[str, str]]
    download: Optional[WeightsSource] = None
    order: ChannelOrder = "BGR"
    mean: tuple[float, float, float]
    scale: float


class NativeSource(Record):
    """A framework's own publication of models, by the catalog's names.

    Attributes
    ----------
    precision
        What the files compute in.
    folder
        Which folder of the user's own has the files of all its models; None where each model has its own.
    """

    name: str
    title: str
    framework: str
    licence: str
    precision: Precision = "fp32"
    folder: Optional[str] = None
    models: dict[str, NativeModel]

    def place(self, model: str) -> str:
        """Return which folder of the user's own has the files of a model."""
        return self.folder or model

    def choose(self, names: Iterable[str]) -> list[str]:
        """Return those of the models that it has; raises UserError if it has none of them."""
        wanted = list(names)
        chosen = [name for name in wanted if name in self.models]
        if not chosen:
            raise UserError(f"{self.title} has no {', '.join(wanted)}; it has {', '.join(self.models)}")
        return chosen
