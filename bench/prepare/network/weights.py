"""The arrays of a network: `weights.npz`, and one digest of all their numbers."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.errors import UserError

Weights = Mapping[str, npt.NDArray[np.float32]]
"""Arrays by name; `graph.Node.params` says which there are."""


def write_weights(path: Path, weights: Weights) -> None:
    """Write arrays as an .npz that `numpy.load` reads; the same arrays give the same bytes on every day."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in weights.items():
            # A ZipInfo without a date bears 1980, where numpy.savez leaves the date to the Python version.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)


def read_weights(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Read `weights.npz`.

    Raises
    ------
    UserError
        If it is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return dict(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} can't be read; run 'bench prepare --models {path.parent.name}' to make it anew"
        ) from error


def weights_sha256(weights: Weights) -> str:
    """Return one digest of all numbers, whatever file they are in.

    SHA-256 over the arrays in the order of their names: for each a line of name and shape (`conv1.bias 64`,
    `conv1.weight 64x3x3x3`), then its numbers as little-endian float32 in C order.
    """
    digest = hashlib.sha256()
    for name in sorted(weights):
        array = weights[name]
        digest.update(f"{name} {'x'.join(map(str, array.shape))}\n".encode())
        digest.update(np.ascontiguousarray(array, dtype="<f4").data)
    return digest.hexdigest()
