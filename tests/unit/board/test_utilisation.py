from __future__ import annotations

from pathlib import Path

import pytest

from bench.board import utilisation
from bench.board.utilisation import OtherLoad

HERTZ = 100


class Computer:
    """Four cores: what they were busy with, and how much of that was this process, moves only by hand."""

    def __init__(self, proc: Path) -> None:
        self._proc = proc
        self._at_s = self._busy_s = self.own_s = 0.0
        self.let_pass(1000.0, busy_s=500.0, own_s=3.0)

    def let_pass(self, seconds: float, busy_s: float, own_s: float) -> None:
        self._at_s, self._busy_s, self.own_s = self._at_s + seconds, self._busy_s + busy_s, self.own_s + own_s
        idle_s = 4 * self._at_s - self._busy_s
        ticks = f"cpu  {self._busy_s * HERTZ:.0f} 0 0 {idle_s * HERTZ:.0f} 0 0 0 0 0 0\n"
        (self._proc / "stat").write_text(ticks)

    def monotonic(self) -> float:
        return self._at_s

    def process_time(self) -> float:
        return self.own_s


def test_what_others_take_is_what_the_cores_were_busy_with_beyond_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer = Computer(tmp_path)
    monkeypatch.setattr(utilisation, "time", computer)
    monkeypatch.setattr(utilisation.os, "cpu_count", lambda: 4)
    others = OtherLoad(tmp_path)
    computer.let_pass(10.0, busy_s=30.0, own_s=20.0)
    assert others() == pytest.approx(10 / 40)
    alone = OtherLoad(tmp_path)
    computer.let_pass(10.0, busy_s=39.9, own_s=40.0)  # ticks are coarse
    assert alone() == 0
    assert OtherLoad(tmp_path)() is None  # no tick passed
