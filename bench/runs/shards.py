"""`shards/FRAMEWORK/VARIANT/IIII-of-NNNN.csv` and `.json`: one of N equal shares of a cell's labelled images.

The `.csv` holds predictions as `bench.runs.predictions` has them. The `.json` is written last: without it a share is
not done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Optional, TypeVar

from bench.errors import UserError
from bench.records.digests import file_digest
from bench.records.schema import SCHEMA_VERSION, Clocks, Precision, Record, Variant
from bench.records.seal import is_changed
from bench.records.store import read_record

CONTROL_IMAGES = 24
"""Labelled images that every shard classifies beside its own: by them a machine that computes otherwise is found."""

SHARES_MAX = 9999
"""What the four digits of a file's name hold."""

_AGAIN = "delete it and classify that shard again"

T = TypeVar("T")


class Share(NamedTuple):
    """The `number`th of `of` shares, counted from 1: images `number`, `number + of`, `number + 2 of` and so on.

    All shares take equally long: unlike a stretch of the list, none has the large photographs alone.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def stem(self) -> str:
        """The name of its files, without `.csv` and `.json`."""
        return f"{self.number:04d}-of-{self.of:04d}"

    def take(self, items: Iterable[T]) -> Iterator[T]:
        """Go through this share of some items.

        >>> [*Share(2, 3).take("abcdefgh")]
        ['b', 'e', 'h']
        """
        return islice(items, self.number - 1, None, self.of)

    def size(self, items: int) -> int:
        """Return how many of so many items this share has.

        >>> [Share(number, 3).size(8) for number in (1, 2, 3)]
        [3, 3, 2]
        """
        return len(range(self.number - 1, items, self.of))


def parse_share(text: str) -> Share:
    """Return the share that is written as `3/64`; raises UserError if none is."""
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
    if not 1 <= share.number <= share.of <= SHARES_MAX:
        raise UserError(
            f"'{text}' is no shard: write I/N with I from 1 to N and N of at most {SHARES_MAX}, such as 3/64 for the "
            "third of 64"
        )
    return share


class ControlImage(Record):
    """What a control image was taken for: its five most probable classes, the most probable first."""

    image: str
    classes: list[int]
    probabilities: list[float]


class Shard(Record):
    """What a shard's `.json` holds: whose predictions lie beside it, of what, and by what they were made.

    Attributes
    ----------
    predictions_sha256
        Of the `.csv`.
    images_sha256
        Of the image set.
    accuracy_images, seed
        How many of its labelled images all shares have together (None: all), and the seed that chose them.
    platform, machine
        What classified them: such as `linux/arm64`, and the computer's name.
    control
        What the images were taken for that every shard classifies.
    """

    schema_version: int = SCHEMA_VERSION
    framework: str
    model: str
    precision: Precision = "fp32"
    share: Share
    predictions_sha256: str
    images_sha256: str
    accuracy_images: Optional[int]
    seed: int
    weights_sha256: str
    framework_version: str
    threads: int
    platform: str
    machine: str
    image_digest: Optional[str] = None
    bench_version: str
    made: Clocks
    control: list[ControlImage]


def shard_csv(cell: Path, share: Share) -> Path:
    """Return the path of a share's predictions within the cell's folder of shards."""
    return cell / f"{share.stem}.csv"


def shard_json(cell: Path, share: Share) -> Path:
    """Return the path of a share's record."""
    return cell / f"{share.stem}.json"


def shares_in(cell: Path) -> list[Share]:
    """Return the shares that a cell's folder has any file of, in order."""
    names = (re.fullmatch(r"(\d{4})-of-(\d{4})\.(?:csv|json)", path.name) for path in cell.glob("*-of-*"))
    return sorted({Share(int(name[1]), int(name[2])) for name in names if name})


def read_shard(cell: Path, share: Share) -> Shard:
    """Read a share's record, whose predictions lie whole beside it.

    Raises
    ------
    UserError
        If either is missing, can't be read, or is not what its name says or what was written.
    """
    table, file = shard_csv(cell, share), shard_json(cell, share)
    shard = read_record(file, Shard)
    variant = Variant(shard.model, shard.precision)
    if (shard.framework, variant.name, shard.share) != (cell.parent.name, cell.name, share):
        raise UserError(f"{file} is the record of shard {shard.share} of {shard.framework} {variant.name}; {_AGAIN}")
    if not table.is_file():
        raise UserError(f"{table} is missing; {_AGAIN}")
    if is_changed(file.read_bytes()) or file_digest(table, "sha256") != shard.predictions_sha256:
        raise UserError(f"{file.with_suffix('')}: its digest does not match, it was changed or cut off; {_AGAIN}")
    return shard


def shard_or_fault(cell: Path, share: Share) -> Shard | str:
    """Return what `read_shard` does, or what is wrong."""
    try:
        return read_shard(cell, share)
    except UserError as error:
        return str(error)
