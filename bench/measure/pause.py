"""A pause for the sampler, while a worker measures what sampling costs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.records.files import lock, open_lock


class SamplerPause:
    """Lets the sampler pause during a worker's window `unsampled`.

    The sign is a lock, so that no sampler pauses for a benchmark that was killed.

    Parameters
    ----------
    path : Path
        Of the lock, which is there only as long as the pause.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = ExitStack()

    def __enter__(self) -> SamplerPause:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def event(self, event: dict[str, Any]) -> None:
        """Take an event of the worker, which enters and leaves windows."""
        if event.get("enter") == "unsampled":
            file = self._held.enter_context(open_lock(self._path))
            lock(file, self._path)
            self._held.callback(self._path.unlink, missing_ok=True)
        elif event.get("window", {}).get("name") == "unsampled":
            self._end()

    def _end(self) -> None:
        self._held.close()
