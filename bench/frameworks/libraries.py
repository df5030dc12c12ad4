"""The native libraries mapped into this process, asked themselves: which BLAS, which core, how many threads."""

from __future__ import annotations

import ctypes
import json
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

IMAGE_BUILD = Path("/usr/share/bench/build-info.json")
"""What an image's build wrote down about the framework in it."""

OPENBLAS = r"libopenblas(p-r[\d.]+)?\.so"
"""The OpenBLAS that a framework links, in an image that of Debian's numpy too; PyPI's has its own, named otherwise."""

OPENMP = r"libgomp(-[0-9a-f]+)?\.so"


def image_build() -> dict[str, Any]:
    """Return what the image's build wrote down; empty outside an image."""
    try:
        build: dict[str, Any] = json.loads(IMAGE_BUILD.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return build


def openblas() -> dict[str, Any] | None:
    """Return path, configuration, core and threads of the mapped OpenBLAS, as it reports them; None without one."""
    path = _mapped(OPENBLAS)
    if path is None:
        return None
    library = ctypes.CDLL(path)
    library.openblas_get_config.restype = ctypes.c_char_p
    library.openblas_get_corename.restype = ctypes.c_char_p
    return {
        "path": path,
        "config": library.openblas_get_config().decode().strip(),
        "core": library.openblas_get_corename().decode(),
        "threads": library.openblas_get_num_threads(),
    }


def set_openblas_threads(threads: int) -> None:
    """Set the number of threads of the mapped OpenBLAS, if there is one."""
    path = _mapped(OPENBLAS)
    if path is not None:
        ctypes.CDLL(path).openblas_set_num_threads(threads)


def openmp_threads() -> int | None:
    """Return how many threads the mapped OpenMP runtime would use; None without one."""
    path = _mapped(OPENMP)
    return None if path is None else int(ctypes.CDLL(path).omp_get_max_threads())


def thread_count() -> int:
    """Return how many threads this process has."""
    return sum(thread_names().values())


def thread_names() -> Counter[str]:
    """Return how many threads of this process have each name."""
    names: Counter[str] = Counter()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # it has ended since
            names[(task / "comm").read_text(encoding="utf-8").strip()] += 1
    return names


def _mapped(name: str) -> str | None:
    """Return the path of the first mapped library whose file name begins as the regular expression says."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        path = line.split(maxsplit=5)[5:]
        if path and re.match(name, Path(path[0]).name):
            return path[0]
    return None
