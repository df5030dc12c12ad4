"""The number of each of ILSVRC-2012's classes: its WordNet id's place among the thousand sorted, from text lists."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.errors import UserError

CLASSES = 1000

IDS_SHA256 = "385e0240499426c022b773be1ae4da780f057b89c9694c7f47199f62746b6edd"
"""Of ILSVRC-2012's ids, sorted, with a line break between them: a thousand others number other classes."""


def numbered_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Go through a text file's lines that aren't blank, stripped, each with its number from 1.

    Raises
    ------
    UserError
        If it isn't UTF-8 text.
    """
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line.strip()
    except UnicodeDecodeError:
        raise UserError(f"{file} is not a text file in UTF-8; save it as one") from None


def is_id(name: str) -> bool:
    """Tell whether this is a WordNet id.

    >>> is_id("n01440764"), is_id("n1440764"), is_id("tench")
    (True, False, False)
    """
    return re.fullmatch(r"n[0-9]{8}", name) is not None


def wordnet_classes(folder: Path, ids: Iterable[str]) -> dict[str, int]:
    """Return the class of each WordNet id.

    All thousand ids number themselves; with fewer, the missing ones have to come from a `synset_words.txt`.

    Parameters
    ----------
    folder : Path
        The folder whose subfolders are named by `ids`.

    Raises
    ------
    UserError
        If the classes of these ids can't be told.
    """
    present = set(ids)
    words = _beside(folder, "synset_words.txt")
    if words is not None:
        known = _sorted_ids(words, (line.split()[0] for _, line in numbered_lines(words)))
        foreign = sorted(present - set(known))
        if foreign:
            raise UserError(f"{folder / foreign[0]} is not one of the classes in {words}; move that folder away")
    elif len(present) == CLASSES:
        known = _ilsvrc(folder, present)
    else:
        raise UserError(
            f"{folder} has {len(present):,} folders named by WordNet id, not ILSVRC-2012's 1000, so their classes "
            "can't be numbered; put Caffe's synset_words.txt (data/ilsvrc12/get_ilsvrc_aux.sh fetches it) beside them"
        )
    return {synset: number for number, synset in enumerate(known)}


def devkit_classes(folder: Path, truth: Path) -> dict[int, int]:
    """Return the class of each number that the devkit gives one, 1 to 1000 in an order of its own.

    Parameters
    ----------
    folder : Path
        The folder of the images; `map_clsloc.txt` lies there or beside it.
    truth : Path
        The devkit's ground truth, for the message.

    Raises
    ------
    UserError
        If there is no `map_clsloc.txt`, or it does not number the thousand ids.
    """
    table = _beside(folder, "map_clsloc.txt")
    if table is None:
        raise UserError(
            f"{truth} numbers classes in the devkit's own order, and the devkit's meta.mat is not read; put its "
            "map_clsloc.txt (lines such as 'n02119789 1 kit_fox') beside it, or use Caffe's val.txt instead"
        )
    numbers: dict[int, str] = {}
    for line_number, line in numbered_lines(table):
        entry = re.match(r"(n[0-9]{8})\s+([0-9]+)\b", line)
        if entry is None:
            raise UserError(
                f"{table} line {line_number}: {line!r} does not begin with a WordNet id and a number, as in "
                "'n02119789 1 kit_fox'; use the file of the ILSVRC devkit"
            )
        numbers[int(entry[2])] = entry[1]
    if set(numbers) != set(range(1, CLASSES + 1)):
        raise UserError(f"{table} does not number the classes from 1 to 1000; use the file of the ILSVRC devkit")
    class_of = {synset: place for place, synset in enumerate(_sorted_ids(table, numbers.values()))}
    return {number: class_of[synset] for number, synset in numbers.items()}


def _sorted_ids(file: Path, ids: Iterable[str]) -> list[str]:
    known = set(ids)
    if len(known) != CLASSES or not all(map(is_id, known)):
        raise UserError(f"{file} does not list ILSVRC-2012's 1000 WordNet ids, one to a line; fetch it again")
    return _ilsvrc(file, known)


def _ilsvrc(where: Path, ids: set[str]) -> list[str]:
    """Return the thousand ids in their order; raises UserError if they are not ILSVRC-2012's."""
    known = sorted(ids)
    if hashlib.sha256("\n".join(known).encode()).hexdigest() != IDS_SHA256:
        raise UserError(
            f"{where} has a thousand WordNet ids, but not those of ILSVRC-2012 that the models know; "
            "give images of ILSVRC-2012's classes"
        )
    return known


def _beside(folder: Path, name: str) -> Path | None:
    return next((file for file in (folder / name, folder.resolve().parent / name) if file.is_file()), None)
