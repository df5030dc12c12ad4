"""The text of another program's log as rows of fields: its encoding, its separator, its header, its torn lines."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.errors import UserError

_LOOK = 64 * 1024
"""Bytes from which the encoding is told."""

_BYTE_ORDER_MARKS = {  # the longer ones first: UTF-32's begins as UTF-16's does
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS = ";\t|,"
"""In the order in which a header line is asked for them: no name in it holds one of the first three."""

_MAY_BE_TORN = 0.01
"""Up to this share of lines with too many fields are taken for torn ones, and left out."""

_SHOWN_NAMES, _SHOWN_LETTERS = 20, 40


@dataclass(frozen=True)
class LogText:
    """A log whose header has been read.

    Attributes
    ----------
    names
        The columns' names, without spaces around them.
    """

    path: Path
    names: list[str]
    _encoding: str
    _separator: str
    _header_lines: int

    def index(self, name: str) -> int:
        """Return which column has a name; raises UserError if none or several have."""
        found = [index for index, other in enumerate(self.names) if other == name]
        if not found:
            raise UserError(f"{self.path} has no column '{shown(name)}'; it has: {self._list()}")
        if len(found) > 1:
            raise UserError(f"{self.path} has {len(found)} columns '{shown(name)}'; rename the one that is meant")
        return found[0]

    def rows(self) -> Iterator[list[str]]:
        """Yield the fields of each line after the header, as many as that has; a torn line is a row of empty fields.

        Raises
        ------
        UserError
            If more lines than a few torn ones hold more fields than the header.
        """
        width, count, long_lines, first_long = len(self.names), 0, 0, ""
        blank = [""] * width
        for number, fields in self._lines():
            count += 1
            while len(fields) > width and not fields[-1].strip():
                fields.pop()
            if len(fields) > width:
                long_lines += 1
                first_long = first_long or f"line {number} has {len(fields)} fields under a header of {width}"
                yield blank
            else:
                yield fields + blank[len(fields) :]
        if long_lines > _MAY_BE_TORN * count:
            raise UserError(
                f"{self.path}: {first_long}; export it with another separator, or with fields that hold one in quotes"
            )

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        with self.path.open(encoding=self._encoding, errors="replace", newline="") as file:
            lines = enumerate((line.replace("\0", "") for line in file), start=1)
            for _ in range(self._header_lines):
                next(lines)
            for number, line in lines:
                if line.strip() and not line.startswith("#"):
                    yield number, _fields(line, self._separator)

    def _list(self) -> str:
        names = [shown(name) for name in self.names[:_SHOWN_NAMES]]
        return ", ".join(names) + (", …" if len(self.names) > _SHOWN_NAMES else "")


def read_header(path: Path) -> LogText:
    """Read a log's header line, and tell its encoding and separator.

    The encoding is told by a byte order mark, by the zero bytes of UTF-16 without one, else it is UTF-8, or Windows's
    where that does not fit. A first line `sep=;`, as spreadsheets write it, names the separator.

    Raises
    ------
    UserError
        If the file can't be read or holds no header line.
    """
    try:
        if not path.is_file():
            raise UserError(f"{path} is no file; give the log that the meter's program wrote")
        with path.open("rb") as file:
            encoding = _encoding(file.read(_LOOK))
        with path.open(encoding=encoding, errors="replace", newline="") as text:
            separator = ""
            for number, line in enumerate(text, start=1):
                if not line.strip("\0\r\n \t"):
                    continue
                if line.lower().startswith("sep=") and len(line.rstrip("\r\n")) == len("sep=;"):
                    separator = line[len("sep=")]
                    continue
                header = line.lstrip("#").strip("\r\n ")
                separator = separator or next((one for one in _SEPARATORS if one in header), " ")
                names = [name.strip() for name in _fields(header, separator)]
                return LogText(path, names, encoding, separator, number)
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); check its name") from None
    raise UserError(f"{path} is no table with a header line; export it as CSV")


def shown(text: str) -> str:
    """Return a name from a file as it may be printed: one line, nothing that a terminal would obey, not too long."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in text)
    return printable if len(printable) <= _SHOWN_LETTERS else f"{printable[:_SHOWN_LETTERS]}…"


def _fields(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a field of more than 128 KiB
        return []


def _encoding(begin: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if begin.startswith(mark):
            return encoding
    for encoding, zeros in (("utf-16-le", begin[1::2]), ("utf-16-be", begin[0::2])):
        if zeros.count(0) > 0.8 * len(zeros) > 0:
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begin)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
