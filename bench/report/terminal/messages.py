"""Sentences on a terminal, broken between words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text


class Messages(Console):
    """Sentences: broken between words on a terminal, where no name, path or address ever is; a line each in a log."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does."""
        if self.is_terminal and options.get("soft_wrap") is not False:
            marked = options.get("markup") is not False
            objects = tuple(self._broken(one, marked) if isinstance(one, (str, Text)) else one for one in objects)
        super().print(*objects, **{"soft_wrap": True, **options})

    def _broken(self, sentence: str | Text, marked: bool) -> Text:
        if isinstance(sentence, str):
            sentence = Text.from_markup(sentence) if marked else Text(sentence)
        return Text("\n").join(part for line in sentence.split("\n") for part in self._parts(line))

    def _parts(self, line: Text) -> Iterator[Text]:
        """Yield a line in parts that fit, those after the first as far to the right as it."""
        indent = " " * (len(line.plain) - len(line.plain.lstrip(" →")))
        places, used = [], len(indent)
        for word in re.finditer(r"\S+\s*", line.plain[len(indent) :]):
            if used > len(indent) and used + cell_len(word[0].rstrip()) > self.width:
                places.append(len(indent) + word.start())
                used = len(indent)
            used += cell_len(word[0])
        for number, part in enumerate(line.divide(places)):
            part.rstrip()
            yield Text(indent).append_text(part) if number else part
