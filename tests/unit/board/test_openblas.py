"""The core whose kernels OpenBLAS is to use."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.board import openblas


@pytest.mark.parametrize(
    ("part", "platform", "core"),
    [
        ("0xd0b", "linux/arm64", "NEOVERSEN1"),  # Cortex-A76: a Pi 5
        ("0xd08", "linux/arm64", ""),  # Cortex-A72: a Pi 4, which OpenBLAS knows
        ("0xd0b", "linux/arm/v7", ""),
    ],
)
def test_a_pi_5_s_core_is_named_for_openblas(
    part: str, platform: str, core: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openblas, "docker_platform", lambda: platform)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(f"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: {part}\n")
    assert openblas.nearest_core(tmp_path) == core
