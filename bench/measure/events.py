"""What the measuring process tells its supervisor, as lines of JSON."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.board.utilisation import OtherLoad
from bench.measure.job import HEARTBEAT_S
from bench.records.schema import WindowName


class Events:
    """The way back to the supervisor: one JSON object a line.

    Parameters
    ----------
    descriptor : int
        A pipe that nothing else in this process writes to, whatever a framework prints.

    Attributes
    ----------
    heartbeat_s
        Where anything happens at all, a sign of life at least this often: the supervisor tells slow from hung by it.
    """

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8")
        self._last_ns = time.monotonic_ns()
        self.heartbeat_s = HEARTBEAT_S

    def send(self, **event: Any) -> None:
        """Send one event."""
        self._file.write(json.dumps(event) + "\n")
        self._last_ns = time.monotonic_ns()

    def progress(self, done: int, total: int, unit: str = "images") -> None:
        """Tell how far the window is, unless something was sent a moment ago."""
        if time.monotonic_ns() - self._last_ns > self.heartbeat_s * 1e9:
            self.send(done=done, total=total, unit=unit)

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, and show now and then that this is meant."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            time.sleep(min(left_s, self.heartbeat_s))
            self.progress(round(seconds - left_s), round(seconds), "s")

    @contextmanager
    def alive(self, seconds: float) -> Iterator[None]:
        """Give signs of life in place of a block that has none, for so long at most."""
        began, ended = time.monotonic(), threading.Event()

        def show() -> None:
            while not ended.wait(self.heartbeat_s) and time.monotonic() - began < seconds:
                self.send(done=round(time.monotonic() - began), total=round(seconds), unit="s")

        thread = threading.Thread(target=show)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def idle(self, seconds: float) -> float | None:
        """Do nothing for so long, as a window; return which share of the processor something else took meanwhile."""
        others = OtherLoad()
        with self.window("idle"):
            self.wait(seconds)
        return others()

    @contextmanager
    def window(self, name: WindowName) -> Iterator[None]:
        """Mark a window around a block."""
        self.send(enter=name)
        begin_ns = time.monotonic_ns()
        yield
        self.send(window={"name": name, "begin_ns": begin_ns, "end_ns": time.monotonic_ns()})
