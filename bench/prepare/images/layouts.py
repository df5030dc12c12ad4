"""Which images a folder holds and which class each shows, in the layouts people have them in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Optional

from bench.errors import UserError
from bench.prepare.images import synsets
from bench.prepare.images.imageset import Labelling
from bench.prepare.images.synsets import numbered_lines

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})

FIRST_CLASSES = (65, 970, 230, 809, 516, 57, 334, 415, 674, 332)
"""What ILSVRC2012_val_00000001.JPEG to 00000010.JPEG show, from Caffe's val.txt."""


class ListedImage(NamedTuple):
    """One image of a folder: its path from there, and its class (0-999, in the order of synset_words.txt) if known."""

    name: str
    label: Optional[int]


class Listing(NamedTuple):
    """The images of a folder, in the order to prepare them, and what told their classes."""

    kind: Labelling
    images: list[ListedImage]


def list_images(folder: Path) -> Listing:
    """Find out what kind of folder this is, and list its images.

    Taken in this order: a `val.txt`; the devkit's ground truth beside the validation images; folders named by
    WordNet id; images without labels.

    Raises
    ------
    UserError
        If there are no images, or their classes can't be told for certain.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give the folder that holds the images")
    try:
        listing = _list_images(folder)
    except OSError as error:
        raise UserError(f"{error.filename} can't be read ({error.strerror}); check its permissions") from error
    if not listing.images:
        raise UserError(f"{folder} holds no images ({', '.join(sorted(SUFFIXES))}); give the folder that does")
    _refuse_foreign_numbers(folder, listing)
    return listing


def _list_images(folder: Path) -> Listing:
    if (folder / "val.txt").exists():
        return Listing("val.txt", list(_from_val_txt(folder)))
    truths = sorted(folder.glob("ILSVRC*validation_ground_truth.txt"))
    if truths:
        return Listing("devkit", list(_from_devkit(folder, truths[0])))
    ids = sorted(entry.name for entry in folder.iterdir() if synsets.is_id(entry.name) and entry.is_dir())
    if ids:
        return Listing("wordnet", list(_from_wordnet(folder, ids)))
    return Listing("unlabelled", [ListedImage(name, None) for name in _files(folder)])


def _files(folder: Path) -> list[str]:
    """Names of the images in one folder, sorted; hidden files (macOS leaves `._photo.jpg`) are none."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file())
    for name in names:
        if not name.isprintable():
            raise UserError(f"{folder}: the name {name!a} is not UTF-8 or has control characters; rename the file")
    return [name for name in names if not name.startswith(".")]


def _from_val_txt(folder: Path) -> Iterator[ListedImage]:
    file = folder / "val.txt"
    lines = list(numbered_lines(file))
    if not lines:
        raise UserError(f"{file} lists no images; write a line with a name and a class for each, or remove it")
    labels = {line.split()[-1] for _, line in lines}
    if "1000" in labels and "0" not in labels:
        raise UserError(
            f"{file} counts classes from 1 to 1000, as the ILSVRC devkit does in an order of its own; "
            "use Caffe's val.txt, which counts from 0 to 999 in the order of synset_words.txt"
        )
    first_line: dict[str, int] = {}
    for number, line in lines:
        where = f"{file} line {number}"
        if len(line.split()) < 2:
            raise UserError(f"{where}: {line!r} has no class; write the image's name, a space and its class")
        name, label = line.rsplit(maxsplit=1)
        if not _is_class(label):
            raise UserError(f"{where}: {label!r} is not a class; write a number from 0 to 999")
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise UserError(f"{where}: {name!r} leads out of the folder; list only images inside it")
        if name in first_line:
            raise UserError(f"{where}: {name!r} is on line {first_line[name]} already; remove one of the two")
        if not (folder / name).is_file():
            raise UserError(f"{where}: there is no {name!r} in the folder; add the image or remove the line")
        first_line[name] = number
        yield ListedImage(name, int(label))


def _is_class(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,3}", text) is not None


def _from_devkit(folder: Path, truth: Path) -> Iterator[ListedImage]:
    class_of = synsets.devkit_classes(folder, truth)
    labels: dict[int, int] = {}
    for number, line in numbered_lines(truth):
        if not line.isdecimal() or int(line) not in class_of:
            raise UserError(
                f"{truth} line {number}: {line!r} is not a number from 1 to 1000; use the devkit's own file"
            )
        labels[number] = class_of[int(line)]
    for name in _files(folder):
        place = _validation_number(name)
        if place is None or place not in labels:
            raise UserError(
                f"{truth} has the class of ILSVRC2012_val_0000000N.JPEG on line N, and no line for {name!r}; "
                "move that image away"
            )
        yield ListedImage(name, labels[place])


def _from_wordnet(folder: Path, ids: list[str]) -> Iterator[ListedImage]:
    class_of = synsets.wordnet_classes(folder, ids)
    for synset in ids:
        for name in _files(folder / synset):
            yield ListedImage(f"{synset}/{name}", class_of[synset])


def _validation_number(name: str) -> int | None:
    match = re.fullmatch(r"ILSVRC2012_val_([0-9]{8})\.jpe?g", PurePosixPath(name).name, re.IGNORECASE)
    return int(match[1]) if match else None


def _refuse_foreign_numbers(folder: Path, listing: Listing) -> None:
    """Notice classes in the devkit's order (or another one) by the ten images whose class is known for certain."""
    for name, label in listing.images:
        number = _validation_number(name)
        if label is None or number is None or not 1 <= number <= len(FIRST_CLASSES):
            continue
        if label != FIRST_CLASSES[number - 1]:
            raise UserError(
                f"{folder}: {PurePosixPath(name).name} shows class {FIRST_CLASSES[number - 1]} in the order of "
                f"synset_words.txt, but its labels ({listing.kind}) say {label}: they count in another order; "
                "use Caffe's val.txt"
            )
