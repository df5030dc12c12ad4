"""What a framework makes of a prepared model before it can load it: once, in a process of its own, kept in the cache.

Usage: python -m bench.frameworks.conversion FRAMEWORK MODEL_FOLDER
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from bench.frameworks import Adapter, Converter, adapter
from bench.prepare.models.prepared import PreparedModel
from bench.records.digests import file_digest
from bench.source import PACKAGE, source_sha256

MANIFEST = "SHA256SUMS"
"""Of the converted files, written last."""

CONVERTERS = ("frameworks", "prepare/formats", "prepare/network")
"""The folders of this program that decide what comes of a conversion."""


def cache_folder(model: PreparedModel, framework: str, version: str) -> Path:
    """Return the folder of what a framework makes of a model, named after all that makes it so.

    That is the framework's version, the converters of this program, and the prepared files: where one of them is
    another, the model is converted anew.
    """
    return model.cache / f"{framework}-{version}-{_converters()}-{model.digest}"


@cache
def _converters() -> str:
    return source_sha256(*(PACKAGE / folder for folder in CONVERTERS))[:12]


def ensure_converted(framework: str, module: Adapter, model: PreparedModel) -> None:
    """Convert a model unless that was done before; a converter's death is this process's own.

    Raises
    ------
    RuntimeError
        If the converter fails. (What it says of it is in the log.)
    """
    if not isinstance(module, Converter) or _is_sound(module.converted(model)):
        return
    # In a process of its own, so that its memory is not taken for the framework's.
    done = subprocess.run([sys.executable, "-m", __name__, framework, str(model.folder)], check=False)
    if done.returncode < 0:
        os.kill(os.getpid(), -done.returncode)  # the supervisor tells from the signal what has happened
    if done.returncode > 0:
        raise RuntimeError(f"{framework} could not convert {model.name} (exit code {done.returncode})")


def _is_sound(folder: Path) -> bool:
    try:
        return (folder / MANIFEST).read_text(encoding="utf-8") == _manifest(folder)
    except OSError:
        return False


def _manifest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return "".join(f"{file_digest(path, 'sha256')}  {path.relative_to(folder)}\n" for path in files)


def main() -> None:
    """Convert one model into its place in the cache, and remove what older versions left there."""
    framework, model = sys.argv[1], PreparedModel(Path(sys.argv[2]))
    converter = adapter(framework)
    if not isinstance(converter, Converter):
        return
    target = converter.converted(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{framework}-", dir=target.parent) as scratch:
        building = Path(scratch) / "model"
        building.mkdir()
        converter.convert(model, building)
        (building / MANIFEST).write_text(_manifest(building), encoding="utf-8")
        for former in target.parent.glob(f"{framework}-*"):
            shutil.rmtree(former)
        building.rename(target)


if __name__ == "__main__":
    main()
