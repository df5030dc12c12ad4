"""A board's free memory, and what does not fit into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bench.board.sysfs import read_value
from bench.records.findings import Finding

NAMED = 4
"""So many cells that don't fit are named, the largest; the others counted."""

_FIX = "close other programs, or boot without a desktop (sudo systemctl set-default multi-user.target)"


def free_mib(root: Path) -> int | None:
    """Return what the kernel says a program can have without swapping, in MiB; None where it does not say."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", read_value(root / "proc/meminfo") or "", re.MULTILINE)
    return int(found[1]) // 1024 if found else None


def too_large(need_mib: int, root: Path) -> str | None:
    """Say why what needs that much does not fit; None if it does, or nobody knows."""
    free = free_mib(root)
    return None if free is None or need_mib <= free else f"needs about {need_mib} MiB, the board has {free}"


def memory(root: Path, needs: Mapping[tuple[str, str], int]) -> Finding | None:
    """Compare what is free with what cells need, in MiB, by framework and model."""
    free = free_mib(root)
    if free is None:
        return None
    unfit = {cell: mib for cell, mib in needs.items() if mib > free}
    if not unfit:
        return Finding(check="memory", level="ok", found=f"{free} MiB free")
    found = f"{free} MiB free, too little for {len(unfit)} of {len(needs)} cells: {_named(unfit)}"
    if len(unfit) == len(needs):
        return Finding(check="memory", level="fail", found=found, fix=_FIX)
    fix = f"{_FIX}; else they are left out as unavailable, and only --force measures them"
    return Finding(check="memory", level="warn", found=found, fix=fix)


def _named(unfit: Mapping[tuple[str, str], int]) -> str:
    """Return the largest of these cells with what they need, and how many more there are."""
    largest = sorted(unfit.items(), key=lambda item: -item[1])
    names = [f"{framework} {model} ({mib} MiB)" for (framework, model), mib in largest[:NAMED]]
    more = len(unfit) - NAMED
    return ", ".join([*names, *([f"and {more} more"] if more > 0 else [])])
