"""Takes published files out of the archive (.tgz) that they come in, and nothing else."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from bench.errors import UserError

LIMIT_BYTES = 2**30
"""Of an archive's files together: the largest that is known has a fifth of it."""


def unpack(archive: Path, forms: Iterable[dict[str, str]], folder: Path) -> dict[str, str]:
    """Write the files of the first form that the archive has whole into `folder`; return that form.

    Parameters
    ----------
    forms : iterable of dict
        In each, the archive's file for each name to write it under.

    Raises
    ------
    UserError
        If the archive is damaged or larger than any that is published, has none of the forms, or is not one of files
        that lie within it.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            members = _members(tar, archive)
            for form in forms:
                if members.keys() >= set(form.values()):
                    for name, file in form.items():
                        _write(tar, members[file], folder / name, archive)
                    return form
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{archive} is torn, or no .tgz ({error}); delete it, and get it once more") from error
    wanted = " or ".join(" with ".join(form.values()) for form in forms)
    raise UserError(f"{archive} has no {wanted}; get the archive of that name that was published")


def _members(tar: tarfile.TarFile, archive: Path) -> dict[str, tarfile.TarInfo]:
    """Return what is in an archive by its path there, which may begin with `./`."""
    found, size = {}, 0
    for member in tar:
        path, size = PurePosixPath(member.name), size + member.size
        if size > LIMIT_BYTES:  # before it is read on, which would unpack it
            raise UserError(
                f"{archive} holds more than {LIMIT_BYTES / 1e9:.1f} GB, which no published one does; delete it, and "
                "get it from elsewhere"
            )
        if path.is_absolute() or ".." in path.parts:
            raise UserError(
                f"{archive} has a file {member.name} outside of itself; delete it, and get it from elsewhere"
            )
        found[str(path)] = member
    return found


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, archive: Path) -> None:
    content = tar.extractfile(member) if member.isreg() else None
    if content is None:
        raise UserError(f"{archive} has a link or a folder as {member.name}, not a file; get it from elsewhere")
    with content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
