"""What can be benchmarked: typed access to models.toml, frameworks.toml and native.toml."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Optional

from pydantic import model_validator

from bench.errors import UserError
from bench.records.schema import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER = Path(__file__).parent


class WeightsSource(Record):
    """A downloadable file and its pin: the strongest digest that upstream published.

    Attributes
    ----------
    size
        In bytes; None where upstream does not say.
    sha256, sha1, git_blob
        Exactly one is given, in hexadecimal. A git blob id is the sha1 of `blob <size>`, a zero byte and the content.
    """

    file: str
    url: str
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
    """One model of the catalog; `prepare.prepared.ModelRecord` explains the input's fields."""

    name: str
    title: str
    height: int
    width: int
    mean: tuple[float, float, float]
    scale: float
    classes: int
    licence: str
    weights: WeightsSource
    published: Optional[Published] = None
    paper: PaperRow


class Framework(Record):
    """One framework of the catalog.

    Attributes
    ----------
    platforms
        Those that can have it, in Docker's words.
    embedded
        The extra of this package that installs it from PyPI; None where PyPI has none.
    unavailable
        Why it can't run: without its container if it has no `embedded`, else on other platforms.
    """

    name: str
    title: str
    platforms: list[str]
    embedded: Optional[str] = None
    unavailable: Optional[str] = None

    def extra(self, platform: str) -> Optional[str]:
        """Return the extra of this package that installs it on a platform; None if there is none."""
        return self.embedded if platform in self.platforms else None


class NativeModel(Record):
    """What a framework's own people publish of a model; the input's fields as in `Model`.

    Attributes
    ----------
    files
        The published file for each name that the adapter loads, in each form of publication: one is enough, and the
        first is preferred.
    """

    title: str
    files: list[dict[str, str]]
    mean: tuple[float, float, float]
    scale: float


class NativeSource(Record):
    """A framework's own publication of models, by the catalog's names."""

    name: str
    title: str
    framework: str
    licence: str
    models: dict[str, NativeModel]

    def choose(self, names: Iterable[str]) -> list[str]:
        """Return those of the models that it has; raises UserError if it has none of them."""
        wanted = list(names)
        chosen = [name for name in wanted if name in self.models]
        if not chosen:
            raise UserError(f"{self.title} has no {', '.join(wanted)}; it has {', '.join(self.models)}")
        return chosen


def read_toml(file: str) -> Mapping[str, Any]:
    """Return a file of the catalog."""
    return tomllib.loads((_FOLDER / file).read_text(encoding="utf-8"))


@cache
def models() -> dict[str, Model]:
    """Return the models by name, in the paper's order."""
    return {name: Model(name=name, **fields) for name, fields in read_toml("models.toml").items()}


@cache
def frameworks() -> dict[str, Framework]:
    """Return the frameworks by name, in the order in which they are run."""
    return {name: Framework(name=name, **fields) for name, fields in read_toml("frameworks.toml").items()}


@cache
def native_sources() -> dict[str, NativeSource]:
    """Return the frameworks' own publications by name."""
    return {name: NativeSource(name=name, **fields) for name, fields in read_toml("native.toml").items()}


def catalog_sha256() -> str:
    """Return the digest of the whole catalog, which a run records."""
    files = sorted(_FOLDER.glob("*.toml"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def find_models(names: Iterable[str]) -> list[Model]:
    """Find models by name or unambiguous prefix, each item one name or several joined by commas.

    Parameters
    ----------
    names : iterable of str
        Nothing at all means every model.

    Returns
    -------
    list of Model
        In the catalog's order, each once.

    Raises
    ------
    UserError
        If a name fits no model or several.
    """
    wanted = [name.strip() for item in names for name in item.split(",") if name.strip()]
    chosen = {_match(name, models(), "model") for name in wanted} or set(models())
    return [model for name, model in models().items() if name in chosen]


def find_framework(name: str) -> Framework:
    """Find a framework by its name or an unambiguous prefix; raises UserError like `find_models`."""
    return frameworks()[_match(name, frameworks(), "framework")]


def find_source(name: str, framework: str = "") -> Optional[NativeSource]:
    """Find a framework's own publication by name or prefix; None if no name is given.

    Raises
    ------
    UserError
        Like `find_models`, or if it is not for that framework.
    """
    if not name:
        return None
    source = native_sources()[_match(name, native_sources(), "source")]
    if framework and source.framework != framework:
        raise UserError(f"source '{source.name}' is for {source.framework}; {framework} measures without --source")
    return source


def _match(name: str, known: Mapping[str, object], kind: str) -> str:
    if name in known:
        return name
    fits = [candidate for candidate in known if candidate.startswith(name.lower())]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise UserError(f"{kind} '{name}' fits {' and '.join(fits)}; give more letters of the one you mean")
    raise UserError(f"there is no {kind} '{name}'; there are {', '.join(known)}")
