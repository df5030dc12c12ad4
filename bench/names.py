"""What a name may be at every entrance, and how text from elsewhere is shown."""

from __future__ import annotations

import re
import unicodedata

from bench.errors import UserError

MAX_LETTERS = 100
"""A file's name may have 255 bytes, and a letter takes up to four of them; nobody reads a longer one."""

PLAIN_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"
"""What every system, shell and table takes as it is."""

_UNPRINTABLE = ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    r"""Return a text in which what no terminal should be sent is escaped: control characters, bytes that are no UTF-8.

    >>> print(printable("caf\u00e9 \x1b[31m\n\udcff"))
    café \x1b[31m\x0a\xff
    """
    if text.isprintable():
        return text
    return "".join(_escape(letter) if unicodedata.category(letter) in _UNPRINTABLE else letter for letter in text)


def _escape(letter: str) -> str:
    number = ord(letter)
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is no UTF-8, as Python takes it from the system
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def checked_letters(text: str, what: str) -> str:
    """Return a text as it is; raises UserError, in which `what` says where it stands, if it may not be printed."""
    if printable(text) != text:
        raise UserError(f"{what} '{_short(text)}' has control characters or is not UTF-8; write it in plain letters")
    return text


def checked_text(text: str, what: str) -> str:
    """Return a text that is to be shown, also as a field of a table, as it is.

    Raises
    ------
    UserError
        Like `checked_letters`, and if it is too long or a spreadsheet would take it for a formula.
    """
    checked_letters(text, what)
    if len(text) > MAX_LETTERS:
        raise UserError(f"{what} '{_short(text)}' has {len(text)} letters; {MAX_LETTERS} are the most")
    if text.startswith(("=", "+", "-", "@")):
        raise UserError(f"{what} '{text}' begins as a formula does, with '{text[0]}'; begin it with a letter")
    return text


def checked_name(name: str, what: str) -> str:
    """Return the name of something that gets a folder of that name, as it is.

    Raises
    ------
    UserError
        Like `checked_text`, and if it is empty, holds a slash, or begins with a dot or a space.
    """
    if not name or "/" in name or name.startswith((".", "-", " ")):
        raise UserError(
            f"'{_short(name)}' is no name for {what}: it may not hold a slash or begin with a dot, a dash or a space"
        )
    return checked_text(name, f"the name of {what},")


def checked_plain_name(name: str, what: str) -> str:
    """Return the name of something that gets folders and rows of that name; raises UserError unless it may."""
    if not re.fullmatch(PLAIN_NAME, name):
        raise UserError(
            f"'{_short(name)}' is no name for {what}: up to 60 letters, digits, dots, dashes and underscores make one, "
            "and it begins with a letter or a digit"
        )
    return name


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= MAX_LETTERS else f"{shown[:MAX_LETTERS]}…"
