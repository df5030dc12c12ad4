"""Keeps prepared pictures on disk, and remembers which source file each was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import cv2

from bench.prepare.images.decode import UnreadableError, generated_picture, read_picture
from bench.records.files import write_atomic
from bench.records.seal import parsed


class SourceFile(NamedTuple):
    """A source file as it was: while it is still like this, its picture need not be made again."""

    name: str
    size: int
    mtime_ns: int


class Stored(NamedTuple):
    """A picture on disk: what it was made from, the digest of its pixels, the mode its source had."""

    source: SourceFile
    digest: str
    mode: str

    @property
    def file(self) -> str:
        """Path below the pictures' folder: named after the pixels, so that a picture can be checked by itself."""
        return f"{self.digest[:2]}/{self.digest}.png"


class Skipped(NamedTuple):
    """A source file that has no picture, and why."""

    name: str
    reason: str


class PictureStore:
    """The pictures below a folder, with a journal of the sources they were made from.

    Parameters
    ----------
    folder : Path
        Holds `pictures/` and `journal.jsonl`.
    """

    def __init__(self, folder: Path) -> None:
        self._pictures = folder / "pictures"
        self._journal = folder / "journal.jsonl"
        self._known: dict[SourceFile, Stored] = {}
        if self._journal.exists():
            with self._journal.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    with suppress(ValueError, TypeError):  # a power cut may have torn it: that picture is made again
                        source, digest, mode = parsed(line)
                        stored = Stored(SourceFile(*source), digest, mode)
                        self._known[stored.source] = stored

    def store(self, folder: Path | None, name: str) -> Stored | Skipped:
        """Make one picture, unless it is there already. Safe in threads.

        Parameters
        ----------
        folder : Path, optional
            The source's folder; None generates the picture with the number `name`.
        name : str
            Path below `folder`.

        Raises
        ------
        UserError
            If the picture can't be written.
        """
        try:
            source = _source_file(folder, name)
            known = self._known.get(source)
            if known is not None and (self._pictures / known.file).is_file():
                return known
            picture, mode = (generated_picture(int(name)), "RGB") if folder is None else read_picture(folder / name)
        except UnreadableError as error:
            return Skipped(name, str(error))
        stored = Stored(source, hashlib.sha256(picture.data).hexdigest(), mode)
        # OpenCV's default compression is also its fastest.
        write_atomic(self._pictures / stored.file, cv2.imencode(".png", picture)[1].tobytes())
        return stored

    def remember(self, stored: Stored) -> None:
        """Note a picture in the journal, so that it isn't made again after an interruption."""
        if stored.source not in self._known:
            # The line break comes first, in case the line before was torn.
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write("\n" + json.dumps(stored))

    def keep_only(self, stored: Collection[Stored]) -> None:
        """Forget and delete every other picture, and what an interrupted write left."""
        write_atomic(self._journal, "\n".join(map(json.dumps, stored)).encode())
        files = {item.file for item in stored}
        for file in self._pictures.glob("[0-9a-f][0-9a-f]/*"):
            if f"{file.parent.name}/{file.name}" not in files:
                file.unlink()


def _source_file(folder: Path | None, name: str) -> SourceFile:
    if folder is None:
        return SourceFile(name, 0, 0)
    try:
        status = (folder / name).stat()
    except OSError as error:
        raise UnreadableError(error.strerror) from error
    return SourceFile(name, status.st_size, status.st_mtime_ns)
