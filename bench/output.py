"""What is printed, wherever it goes: no encoding and no reader that has gone away ends a run."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN = dict(zip("→…·─━°²×÷±≥≤", ("->", "...", "-", "-", "=", " deg ", "^2", "x", "/", "+-", ">=", "<=")))


def say(console: Console, sentence: str, style: str = "") -> None:
    """Print a sentence as it is: no letter of it is markup, and no number coloured."""
    console.print(sentence, style=style or None, highlight=False, markup=False)


def _readable(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    letters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in letters), error.end


class Output(io.TextIOWrapper):
    """A stream that writes what its encoding has no letter for in others, and nothing more once nobody reads it."""

    def write(self, text: str) -> int:
        """Write a text, or nothing."""
        try:
            return super().write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Write what was kept back, or forget it."""
        try:
            super().flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def make_patient() -> None:
    """Replace standard output and error by such streams, unless somebody has put others there."""
    codecs.register_error("readable", _readable)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and stream is getattr(sys, f"__{name}__"):
            at_once = stream.line_buffering
            made = Output(stream.detach(), stream.encoding, "readable", line_buffering=at_once)
            setattr(sys, name, made)
