"""Which of OpenBLAS's cores is nearest to this processor, where OpenBLAS does not know by itself."""

from __future__ import annotations

from pathlib import Path

from bench.board.identity import docker_platform, processor_part

NEAREST = {("0x41", "0xd0b"): "NEOVERSEN1"}
"""By implementer and part. A Pi 5's Cortex-A76 is the Neoverse N1's sister, and Debian 11's and 12's OpenBLAS (0.3.13,
0.3.21) take it for any ARMv8, with blocks for smaller caches."""


def nearest_core(root: Path = Path("/")) -> str:
    """Return OpenBLAS's name of the core, for OPENBLAS_CORETYPE; empty where its own choice is good."""
    return NEAREST.get(processor_part(root), "") if docker_platform() == "linux/arm64" else ""
