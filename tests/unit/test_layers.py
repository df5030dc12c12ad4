"""The order of the rooms: imports only run down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"

ORDER = [
    {"errors", "output", "source"},
    {"bootstrap"},
    {"names"},
    {"records"},
    {"catalog", "board"},
    {"prepare", "runs"},
    {"frameworks", "power"},
    {"measure", "decide", "results"},
    {"report"},
    {"launch"},
    {"cli"},
    {"__main__"},
]
"""From the ground up; rooms of one level don't know each other."""

LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}


def imports(module: Path) -> Iterator[str]:
    """Yield the rooms that a module imports, within functions too; not those for type checking alone."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("bench."))


def test_every_room_has_its_level() -> None:
    rooms = {path.stem for path in BENCH.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    assert rooms - {"__init__"} == set(LEVEL)


@pytest.mark.parametrize("module", sorted(BENCH.rglob("*.py")), ids=lambda path: str(path.relative_to(BENCH)))
def test_no_import_runs_up_or_sideways(module: Path) -> None:
    room = module.relative_to(BENCH).parts[0].removesuffix(".py")
    allowed = {other for other, level in LEVEL.items() if level < LEVEL.get(room, 0)} | {room}
    assert (set(imports(module)) & set(LEVEL)) - allowed == set()
