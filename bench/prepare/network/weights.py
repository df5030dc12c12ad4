"""The arrays of a network: `weights.npz`, and one digest of all their numbers."""

from __future__ import annotations

import hashlib
import math
import struct
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
        If it is missing or damaged, or says that it holds more than it does (a zip bomb).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > path.stat().st_size:
                raise ValueError("its arrays are larger than the file that is to hold them")
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    except (OSError, ValueError, EOFError, RuntimeError, MemoryError, struct.error, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} can't be read; run 'bench prepare --models {path.parent.name}' to make it anew"
        ) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[np.float32]:
    """Return one array; what its header says is held against its size before memory is taken for it."""
    with archive.open(member) as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype != np.float32 or math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
            raise ValueError(f"{member.filename} is not the float32 array that its header says")
        return np.frombuffer(bytearray(file.read()), np.float32).reshape(shape)


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
