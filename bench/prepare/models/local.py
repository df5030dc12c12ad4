"""A local directory of model files, which its own SHA256SUMS vouches for."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Optional

from bench.errors import UserError
from bench.records.digests import file_digest

_LIST = "SHA256SUMS"


class LocalFile(NamedTuple):
    """A verified file."""

    path: Path
    sha256: str


class ModelDirectory:
    """A directory with a folder for each model, such as `googlenet/bvlc_googlenet.caffemodel`.

    Parameters
    ----------
    path : Path
        It holds SHA256SUMS, as `sha256sum` writes it, which lists every file by its path from there.

    Raises
    ------
    UserError
        If there is no such directory, or its SHA256SUMS is missing or can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise UserError(f"there is no folder {path}; give the folder that holds MODEL/FILE.caffemodel and {_LIST}")
        try:
            lines = (path / _LIST).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"{path / _LIST} can't be read ({error}); make it with 'sha256sum */* > {_LIST}' in that folder"
            ) from error
        self._listed: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            digest, _, name = line.partition(" ")
            if len(digest) == 64 and name:
                self._listed[name.lstrip(" *").removeprefix("./").strip()] = digest.lower()
            elif line.strip():
                raise UserError(f"{path / _LIST} line {number} is not a digest and a file; make it with sha256sum")

    def find(self, model: str, file: str) -> Optional[LocalFile]:
        """Return a file of a model, verified, or None if it isn't there.

        Raises
        ------
        UserError
            If it is there, but not listed or not what is listed.
        """
        path = self.path / model / file
        if not path.exists():
            return None
        listed = self._listed.get(f"{model}/{file}")
        if listed is None:
            raise UserError(f"{model}: {path} is not listed in {self.path / _LIST}; add its sha256sum there")
        try:
            found = file_digest(path, "sha256")
        except OSError as error:
            raise UserError(f"{model}: {path} can't be read ({error.strerror}); make it readable for you") from error
        if found != listed:
            raise UserError(
                f"{model}: {path} ({path.stat().st_size:,} bytes) does not match its sha256 in {_LIST}: it is damaged "
                "or incomplete; copy it again"
            )
        return LocalFile(path, found)
