"""Prepares the images: every picture of a folder, resized and stored losslessly, where a benchmark can read it."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.errors import UserError
from bench.prepare.images.imageset import ImageRow, ImageSet, ImageSetRecord, read_set
from bench.prepare.images.layouts import ListedImage, Listing, list_images
from bench.prepare.images.store import PictureStore, Skipped, Stored
from bench.records.files import cannot_write, write_atomic
from bench.records.store import write_record

GENERATED = 100
"""How many pictures are generated where none are given: the paper times 100."""

REASONS = 20
"""How many skipped files are listed with their reasons."""

_FILES = ("index.csv", "set.json", "journal.jsonl")

T = TypeVar("T")
R = TypeVar("R")


def prepare_images(
    source: Path | None, out: Path, progress: Callable[[int, int], None], notify: Callable[[str], None]
) -> ImageSet:
    """Prepare the images of a folder, or generate some where there is none.

    May be interrupted at any time: the former set stays usable until the new one is complete, and the next call
    goes on where this one stopped. Files that did not change since are not read again.

    Parameters
    ----------
    source : Path, optional
        A folder of images in one of the layouts that `list_images` knows. None keeps what was prepared from
        a folder before, or else generates pictures without labels.
    out : Path
        The folder of the image set.
    progress : callable
        Called with the images done and their total, after each image.
    notify : callable
        Called with a sentence for the user: what was found, kept, generated or skipped.

    Raises
    ------
    UserError
        If the source is not understood, none of its images can be read, or `out` can't be written.
    """
    for left in (left for name in _FILES for left in out.glob(f".{name}.*")):
        with suppress(OSError):  # of a write that was cut off
            left.unlink()
    if source is not None:
        listing = list_images(source)
        labelled = f"labelled ({listing.kind})" if listing.kind != "unlabelled" else "without labels: no accuracy"
        notify(f"{source}: {len(listing.images):,} images, {labelled}")
    elif (out / "set.json").exists() and read_set(out).kind != "generated":
        kept = ImageSet(out)
        notify(f"keeping the {len(kept):,} images prepared from {kept.record.source!r}")
        return kept
    else:
        listing = Listing("generated", [ListedImage(f"{number:03d}", None) for number in range(GENERATED)])
        notify(f"no images given: generating {GENERATED} pictures without labels, for throughput and power only")
    try:
        _prepare(listing, source, out, progress, notify)
    except OSError as error:
        raise cannot_write(out, error) from error
    return ImageSet(out)


def _prepare(
    listing: Listing,
    source: Path | None,
    out: Path,
    progress: Callable[[int, int], None],
    notify: Callable[[str], None],
) -> None:
    store = PictureStore(out)
    stored: list[Stored] = []
    skipped: list[Skipped] = []
    rows: list[ImageRow] = []
    with closing(_in_threads(partial(store.store, source), (image.name for image in listing.images))) as results:
        for image, result in zip(listing.images, results):
            if isinstance(result, Skipped):
                skipped.append(result)
            else:
                store.remember(result)
                stored.append(result)
                rows.append(ImageRow(result.file, image.label, image.name))
            progress(len(stored) + len(skipped), len(listing.images))
    if skipped:
        first = f"{skipped[0].name} ({skipped[0].reason})"
        if not stored:
            raise UserError(f"{source}: none of the {len(skipped):,} images can be read, first {first}; give others")
        notify(f"skipped {len(skipped):,} of {len(listing.images):,} files that can't be read, first {first}")

    index = _index(rows)
    record = ImageSetRecord(
        kind=listing.kind,
        source=source.resolve().name if source is not None else "",
        images=len(rows),
        labelled=sum(row.label is not None for row in rows),
        skipped=len(skipped),
        reasons={item.name: item.reason for item in skipped[:REASONS]},
        modes=Counter(item.mode for item in stored),
        images_sha256=hashlib.sha256(index).hexdigest(),
    )
    write_atomic(out / "index.csv", index)
    write_record(out / "set.json", record)
    store.keep_only(stored)


def _index(rows: Iterable[ImageRow]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ImageRow._fields)
    writer.writerows(rows)
    return text.getvalue().encode()


def _in_threads(function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
    """Map in every processor (Pillow and OpenCV release the interpreter's lock), only a few items ahead."""
    items = iter(items)
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[R]] = deque(pool.submit(function, item) for item in islice(items, 2 * workers))
        try:
            while ahead:
                result = ahead.popleft().result()
                ahead.extend(pool.submit(function, item) for item in islice(items, 1))
                yield result
        finally:
            for future in ahead:
                future.cancel()
