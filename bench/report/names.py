"""How rows stand beside each other, and what boards are called where there is little room."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.records.columns import Row

_PI = re.compile(r"Raspberry Pi (?P<number>Zero 2 W|Compute Module \d|\d+)(?: Model (?P<letter>[AB]))?(?P<plus> Plus)?")


def short_board(model: str) -> str:
    """Return `Pi 4B` for `Raspberry Pi 4 Model B Rev 1.4`; what is no Raspberry Pi keeps its name.

    >>> short_board("simulated Raspberry Pi 3 Model B Plus Rev 1.3"), short_board("Raspberry Pi Zero 2 W Rev 1.0")
    ('simulated Pi 3B+', 'Pi Zero 2 W')
    """
    found = _PI.search(model)
    if found is None:
        return model
    short = f"Pi {found['number']}{found['letter'] or ''}{'+' if found['plus'] else ''}"
    return f"{model[: found.start()]}{short}"


def beside_float32(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in their order, but those of a model in other precisions after the same framework's float32."""
    cells = list(dict.fromkeys((row.run_id, row.framework, row.model) for row in rows))
    places = {cell: place for place, cell in enumerate(cells)}
    return sorted(rows, key=lambda row: places[row.run_id, row.framework, row.model])
