"""What can be benchmarked: typed access to models.toml, frameworks.toml and native.toml."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Optional

from bench.catalog.entries import Framework, Model, NativeModel, NativeSource, PaperRow, Published, WeightsSource
from bench.errors import UserError
from bench.records.run import Plan
from bench.records.schema import OwnModel, Precision

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "Framework",
    "Model",
    "NativeModel",
    "NativeSource",
    "PaperRow",
    "Published",
    "WeightsSource",
    "catalog_sha256",
    "find_framework",
    "find_frameworks",
    "find_models",
    "find_precisions",
    "find_source",
    "frameworks",
    "match_name",
    "model_names",
    "models",
    "native_sources",
    "read_toml",
]

_FOLDER = Path(__file__).parent

PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")
"""Those that can be asked for, in their order."""


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


def find_models(names: Iterable[str], own: Iterable[OwnModel] = ()) -> list[Model]:
    """Find models by name or unambiguous prefix, each item one name or several joined by commas.

    Parameters
    ----------
    names : iterable of str
        Nothing at all means every model.
    own : iterable of OwnModel
        The user's own that may be named beside the catalog's.

    Returns
    -------
    list of Model
        In the catalog's order, the user's own after them, each once.

    Raises
    ------
    UserError
        If a name fits no model or several.
    """
    known = {**models(), **{one.name: _own_model(one) for one in own if one.name not in models()}}
    chosen = _chosen(names, known, "model")
    return [model for name, model in known.items() if name in chosen]


def model_names(plan: Plan) -> list[str]:
    """Return the models of a plan that are known here: the catalog's in its order, then the user's own."""
    known = dict.fromkeys([*models(), *(one.name for one in plan.own)])
    return [name for name in known if name in plan.models]


def find_precisions(names: Iterable[str]) -> list[Precision]:
    """Find precisions by name, each item one or several joined by commas; raises UserError if there is no such one."""
    wanted = [name.strip().lower() for item in names for name in item.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in PRECISIONS]
    if unknown:
        raise UserError(f"there is no precision '{unknown[0]}'; there are {', '.join(PRECISIONS)}")
    return [precision for precision in PRECISIONS if precision in wanted]


def find_frameworks(names: Iterable[str]) -> list[Framework]:
    """Find frameworks like `find_models`; nothing at all means every framework."""
    chosen = _chosen(names, frameworks(), "framework")
    return [framework for name, framework in frameworks().items() if name in chosen]


def find_framework(name: str) -> Framework:
    """Find a framework by its name or an unambiguous prefix; raises UserError like `find_models`."""
    return frameworks()[match_name(name, frameworks(), "framework")]


def find_source(name: str, framework: str = "") -> Optional[NativeSource]:
    """Find a framework's own publication by name or prefix; None if no name is given.

    Raises
    ------
    UserError
        Like `find_models`, or if it is not for that framework.
    """
    if not name:
        return None
    source = native_sources()[match_name(name, native_sources(), "source")]
    if framework and source.framework != framework:
        raise UserError(f"source '{source.name}' is for {source.framework}; {framework} measures without --source")
    return source


def match_name(name: str, known: Mapping[str, object], kind: str) -> str:
    """Return the one of the known names that this is, or is an unambiguous prefix of.

    Raises
    ------
    UserError
        If it fits none or several.
    """
    if name in known:
        return name
    fits = [candidate for candidate in known if candidate.startswith(name.lower())]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise UserError(f"{kind} '{name}' fits {' and '.join(fits)}; give more letters of the one you mean")
    raise UserError(f"there is no {kind} '{name}'; there are {', '.join(known)}")


def _chosen(names: Iterable[str], known: Mapping[str, object], kind: str) -> set[str]:
    wanted = [name.strip() for item in names for name in item.split(",") if name.strip()]
    return {match_name(name, known, kind) for name in wanted} or set(known)


def _own_model(own: OwnModel) -> Model:
    source = WeightsSource(file=own.file, urls=(), sha256=own.sha256)
    fields = own.model_dump(exclude={"file", "sha256"})
    return Model(**fields, title=own.name, licence="the user's own", weights=source, own=own)
