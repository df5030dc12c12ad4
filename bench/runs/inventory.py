"""Which files of a run directory belong there, and which are missing."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import get_args

from bench.catalog import frameworks, model_names, models
from bench.errors import UserError
from bench.names import printable
from bench.records.digests import file_digest
from bench.records.notes.files import ChangedFile, ForeignFile, MissingPredictions, MixedSources, UnknownName
from bench.records.run import Run
from bench.records.samples import PAIR_NAMES
from bench.records.schema import Precision, Repetition, Variant, variant_of
from bench.records.seal import is_changed
from bench.records.store import read_record
from bench.runs.folder import RunFolder
from bench.runs.shards import Shard, shard_csv, shard_json, shares_in

_FRAMEWORK = "|".join(map(re.escape, frameworks()))
_DERIVED = re.compile(r"results\.\w+|report\.html|figures/.+")

_WRITING_S = 2.0
"""No record, table or page takes so long to write."""


def recorded_files(folder: RunFolder) -> list[Path]:
    """Return what a run recorded, in order."""
    recorded = _recorded(_model_names(folder))
    return [path for path in _files(folder) if recorded.fullmatch(_name(folder, path))]


def foreign_files(folder: RunFolder) -> list[ForeignFile]:
    """Name every file that neither a run nor its report has written."""
    recorded = _recorded(_model_names(folder))
    names = [_name(folder, path) for path in _files(folder) if not _is_temporary(path)]
    return [ForeignFile(file=name) for name in names if not recorded.fullmatch(name) and not _DERIVED.fullmatch(name)]


def unknown_names(run: Run) -> list[UnknownName]:
    """Name the frameworks and models of a run that this bench does not know, whose cells are not shown."""
    wanted = [*(run.plan.frameworks or []), *(call.framework for call in run.calls)]
    names = [name for name in wanted if name not in frameworks()]
    names += [model for model in run.plan.models if model not in model_names(run.plan)]
    return [UnknownName(name=name) for name in dict.fromkeys(names)]


def mixed_sources(run: Run) -> list[MixedSources]:
    """Name the frameworks of a run that a bench of another source measured than the one that opened it."""
    others: dict[str, list[str]] = {}
    for call in run.calls:
        if None not in (run.source_sha256, call.source_sha256) and call.source_sha256 != run.source_sha256:
            others.setdefault(str(call.source_sha256), []).append(call.framework)
    opened = str(run.source_sha256)
    return [
        MixedSources(opened=opened, measured=measured, frameworks=sorted(set(names)))
        for measured, names in others.items()
    ]


def changed_files(folder: RunFolder) -> list[ChangedFile]:
    """Name every recorded file that is not what was written, by its seal or by the digest that another record keeps."""
    changed = [path for path in recorded_files(folder) if path.suffix == ".json" and is_changed(_content(path))]
    kept = [(pair.samples, record.samples_sha256) for pair, record in folder.sampler_records()]
    for cell in sorted(folder.path.glob("cells/*/*")):
        key = cell.parent.name, *variant_of(cell.name)
        digests = [record.predictions_sha256 for record in folder.repetitions(*key)]
        kept += [(folder.predictions(*key), digest) for digest in digests if digest]
    for cell in sorted(folder.path.glob("shards/*/*")):
        for share in shares_in(cell):
            with suppress(UserError):  # whoever joins the shards says what is wrong with one that can't be read
                kept.append((shard_csv(cell, share), read_record(shard_json(cell, share), Shard).predictions_sha256))
    changed += [path for path, digest in kept if digest and path.is_file() and file_digest(path, "sha256") != digest]
    return [ChangedFile(file=_name(folder, path)) for path in changed]


def leftovers(folder: RunFolder) -> list[str]:
    """Name every temporary file; unless the run goes on, a write was cut off."""
    return [
        f"{_name(folder, path)} was left by a write that was cut off; delete it"
        for path in _files(folder)
        if _is_temporary(path)
    ]


def sweep(folder: RunFolder) -> None:
    """Delete what writes that were cut off left of this run; for whoever holds the lock, as nobody else writes these.

    Of a sampler's files, which one may be writing at this moment, only what is older than any write.
    """
    left = [*folder.path.glob(".run.json.*"), *folder.path.glob(".again.json.*"), folder.path / ".pause"]
    left += [path for part in ("cells", "predictions") for path in folder.path.glob(f"{part}/**/.*")]
    for path in left:
        if path.is_symlink() or path.is_file():
            path.unlink()
    _sweep_old(folder, ".sampler*.json.*", ".doctor.json.*")


def sweep_results(folder: RunFolder) -> None:
    """Delete what merges, reports and samplers that were cut off left; one may be writing at this moment."""
    _sweep_old(folder, ".results.*", ".report.html.*", ".sampler*.json.*", ".doctor.json.*")


def _sweep_old(folder: RunFolder, *patterns: str) -> None:
    """Delete what matches and is older than any write."""
    for path in (path for pattern in patterns for path in folder.path.glob(pattern)):
        with suppress(OSError):  # of another process, and whole by now
            if time.time() - path.lstat().st_mtime > _WRITING_S:
                path.unlink()


def missing_predictions(
    folder: RunFolder, framework: str, variant: Variant, records: list[Repetition]
) -> MissingPredictions | None:
    """Say that a cell has classified its images and their file is gone; None if that is not so."""
    classified = any(window.name == "accuracy" for record in records for window in record.windows)
    path = folder.predictions(framework, *variant)
    if not classified or path.exists():
        return None
    return MissingPredictions(file=_name(folder, path))


def _model_names(folder: RunFolder) -> tuple[str, ...]:
    """Return the models whose files may be in a run: the catalog's, and the user's own that its plan has."""
    try:
        return tuple(dict.fromkeys([*models(), *model_names(folder.read_run().plan)]))
    except UserError:  # whoever reads it for its content says so
        return tuple(models())


@lru_cache(maxsize=8)
def _recorded(names: tuple[str, ...]) -> re.Pattern[str]:
    variant = "|".join(re.escape(Variant(*cell).name) for cell in product(names, get_args(Precision)))
    return re.compile(
        rf"run\.json|cells/({_FRAMEWORK})/({variant})/rep-\d{{2,}}\.json|predictions/({_FRAMEWORK})/({variant})\.csv"
        rf"|shards/({_FRAMEWORK})/({variant})/\d{{4}}-of-\d{{4}}\.(csv|json)"
        rf"|{PAIR_NAMES}|doctor\.json|again\.json"
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # whoever reads it for its content says so
        return b""


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".")


def _files(folder: RunFolder) -> list[Path]:
    board = folder.path / "board"  # the tree of a simulated one, which its sampler takes away at the end
    return sorted(path for path in folder.path.rglob("*") if not path.is_dir() and board not in path.parents)


def _name(folder: RunFolder, path: Path) -> str:
    return printable(path.relative_to(folder.path).as_posix())
