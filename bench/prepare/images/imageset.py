"""The prepared images, as a benchmark reads them: 256 x 256 pixels, with their labels."""

from __future__ import annotations

import csv
import hashlib
import heapq
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Optional

from bench.errors import UserError
from bench.records.files import refuse_links
from bench.records.schema import SCHEMA_VERSION, Record
from bench.records.seal import is_changed
from bench.records.store import read_record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Labelling = Literal["val.txt", "wordnet", "devkit", "unlabelled", "generated"]
"""How the images were given: which of these told their classes, or that nothing did."""


class ImageSetRecord(Record):
    """`set.json`.

    Attributes
    ----------
    source
        Name of the folder the images came from; empty if they were generated.
    images, labelled, skipped
        Images in the set; those of them with a class; files that could not be read and are not in the set.
    reasons
        Why files were skipped, by name: the first twenty.
    modes
        How many images were stored as RGB, L (grey), CMYK and so on, in Pillow's words.
    images_sha256
        Digest of `index.csv`, and with it of every pixel: each file is named after its pixels' digest.
    """

    schema_version: int = SCHEMA_VERSION
    kind: Labelling
    source: str
    images: int
    labelled: int
    skipped: int
    reasons: dict[str, str]
    modes: dict[str, int]
    images_sha256: str


class ImageRow(NamedTuple):
    """One line of `index.csv`: a file below `pictures/`, its class if known, and its name in the source."""

    file: str
    label: Optional[int]
    name: str


def read_set(folder: Path) -> ImageSetRecord:
    """Read what is known of the images prepared in `folder`.

    Raises
    ------
    UserError
        If there are none, `set.json` can't be read or was changed, or a file is a symbolic link.
    """
    if not (folder / "set.json").exists():
        raise UserError(f"there are no prepared images in {folder}; run 'bench prepare' first")
    refuse_links(folder, apart="pictures")
    found = read_record(folder / "set.json", ImageSetRecord)
    if is_changed((folder / "set.json").read_bytes()):
        raise UserError(f"{folder / 'set.json'} was changed after it was written; delete it and {_fix(found)}")
    return found


def read_index(index: Path) -> Iterator[ImageRow]:
    """Go through an `index.csv` in its order, a line at a time; raises OSError or ValueError where it can't be read."""
    with index.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines, None)
        for name_of_file, label, name in lines:
            yield ImageRow(name_of_file, int(label) if label else None, name)


def _fix(record: ImageSetRecord) -> str:
    source = f" with the folder {record.source!r}" if record.source else ""
    return f"run 'bench prepare' again{source} to restore it"


class ImageSet:
    """A folder of prepared images, opened.

    Parameters
    ----------
    folder : Path
        The folder that holds `set.json`, `index.csv` and `pictures/`.

    Raises
    ------
    UserError
        If there is no set of images, or `set.json` and `index.csv` don't belong together.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = read_set(folder)
        index = folder / "index.csv"
        if not index.exists() or hashlib.sha256(index.read_bytes()).hexdigest() != self.record.images_sha256:
            raise UserError(f"{index} does not belong to the set.json beside it; {_fix(self.record)}")

    def __len__(self) -> int:
        return self.record.images

    @property
    def labelled(self) -> int:
        """How many of the images have a class."""
        return self.record.labelled

    @property
    def sha256(self) -> str:
        """Digest of all pixels, labels and names."""
        return self.record.images_sha256

    def rows(self) -> Iterator[ImageRow]:
        """Go through the index in its order, a line at a time."""
        return read_index(self.folder / "index.csv")

    def read(self, row: ImageRow) -> NDArray[np.uint8]:
        """Read one image.

        Returns
        -------
        uint8 array, shape (256, 256, 3)
            BGR.

        Raises
        ------
        UserError
            If the file is missing, or does not hold the pixels it was prepared with.
        """
        # Here, so that the supervisor, which only asks what is prepared, needs neither of them in memory.
        import cv2
        import numpy as np

        file = self.folder / "pictures" / row.file
        try:
            encoded = np.frombuffer(file.read_bytes(), np.uint8)
        except FileNotFoundError:
            raise UserError(f"{file} is missing; {_fix(self.record)}") from None
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
        if image is None or hashlib.sha256(image.data).hexdigest() != file.stem:
            raise UserError(f"{file} is damaged; delete it and {_fix(self.record)}")
        return np.asarray(image, np.uint8)

    def subset(self, images: Optional[int], seed: int) -> Iterator[ImageRow]:
        """Choose some of the labelled images at random, the same for everyone, in the index's order.

        A larger subset of the same seed holds the smaller ones.

        Parameters
        ----------
        images : int, optional
            How many; None, or more than there are, means all.
        seed : int
            Another seed chooses other images.
        """
        labelled = ((place, row) for place, row in enumerate(self.rows()) if row.label is not None)
        if images is None or images >= self.labelled:
            return (row for _, row in labelled)

        # By digest of the name: unlike a random sample, the same in every layout of a folder and version of Python.
        def rank(item: tuple[int, ImageRow]) -> bytes:
            name = item[1].name.rpartition("/")[2]
            return hashlib.sha256(f"{seed} {name}".encode()).digest()

        chosen = heapq.nsmallest(images, labelled, key=rank)
        return (row for _, row in sorted(chosen, key=itemgetter(0)))
