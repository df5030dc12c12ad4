"""One picture in the form every model is given it: 256 x 256 pixels, BGR."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 256
"""Width and height in pixels."""

SEED = 2018

# Named, because Pillow starts Ghostscript for an EPS file, whatever the file is called.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")

LARGEST = 48_000_000
"""Pixels of a picture, and of all that are decoded at once: some 400 MB with the copies that are made of them."""

# Odd metadata that Pillow remarks on do not change a pixel; what can't be read is told by its name.
warnings.filterwarnings("ignore", module=r"PIL\.")


class Room:
    """Memory for decoding, which threads take and give back."""

    def __init__(self, pixels: int) -> None:
        self._free = pixels
        self._changed = Condition()

    @contextmanager
    def take(self, pixels: int) -> Iterator[None]:
        """Hold that many pixels within the block, waiting until they are free."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()


_ROOM = Room(LARGEST)


class UnreadableError(Exception):
    """A file that is no picture, or a damaged one; the text says why, without the path."""


def read_picture(path: Path) -> tuple[NDArray[np.uint8], str]:
    """Read a picture as OpenCV's `imread` would, and resize it.

    EXIF orientation is applied, transparency dropped, the upper 8 of 16 bits kept; the aspect ratio is not kept.
    Decoded by Pillow, which unlike OpenCV notices a truncated file; their pixels are equal (CMYK: within 2 of 255).

    Returns
    -------
    uint8 array, shape (256, 256, 3)
        BGR.
    str
        The file's mode, in Pillow's words (`RGB`, `L`, `CMYK`, ...).

    Raises
    ------
    UnreadableError
        If the file is truncated, damaged, of an unknown format or can't be opened.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            mode, size = image.mode, image.width * image.height  # as its header declares them
            if size > LARGEST:
                raise UnreadableError(f"{size / 1e6:.0f} megapixels, more than {LARGEST / 1e6:.0f}; shrink it")
            with _ROOM.take(size):
                pixels = _rgb(ImageOps.exif_transpose(image))
                resized = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
                del pixels
    except UnreadableError:
        raise
    except UnidentifiedImageError:
        raise UnreadableError(f"not a picture of a known format, {path.stat().st_size:,} bytes") from None
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    except Exception as error:  # a damaged file makes Pillow's readers raise nearly anything
        raise UnreadableError(f"{type(error).__name__}: {error}") from error
    return np.asarray(cv2.cvtColor(resized, cv2.COLOR_RGB2BGR), np.uint8), mode


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I;16"):
        # Pillow's own conversion clips to 255 instead of scaling.
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.mode in ("I", "F"):
        raise ValueError("32 bits a pixel, which have no known range")
    return np.asarray(image.convert("RGB"))


def generated_picture(number: int) -> NDArray[np.uint8]:
    """Draw smooth random colours, which cost as much to preprocess as a photograph and show nothing.

    The bytes are the same everywhere: numpy froze this generator, and only integers are computed with.

    Parameters
    ----------
    number : int
        Each number is another picture.

    Returns
    -------
    uint8 array, shape (256, 256, 3)
        BGR.
    """
    random = np.random.RandomState(SEED + number)
    total = np.zeros((SIDE, SIDE, 3), np.uint16)
    for octave, weight in enumerate((8, 4, 2, 1)):
        cells = 4 << octave
        grid = random.randint(0, 256, (cells, cells, 3), dtype=np.uint8)
        total += weight * cv2.resize(grid, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR_EXACT).astype(np.uint16)
    return (total // 15).astype(np.uint8)
