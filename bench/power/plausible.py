"""Which watts a computer can take at all."""

from __future__ import annotations

from bench.records.run import Board

MOST_W = (40.0, 2000.0)
"""What a Raspberry Pi can take (a Pi 5's supply gives 27 W, at the wall a little more), and any other computer here."""

DEAD_W = 0.05
"""No computer runs on less."""


def most_w(board: Board) -> float:
    """Return the watts above which a sample can't be true."""
    return MOST_W[0] if board.model.startswith("Raspberry Pi") else MOST_W[1]
