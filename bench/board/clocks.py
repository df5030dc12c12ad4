"""The present instant, on the clock that windows use and on the calendar's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.records.schema import Clocks

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def now() -> Clocks:
    """Return CLOCK_MONOTONIC and CLOCK_REALTIME read back to back, and the boot they belong to."""
    from bench.records.schema import Clocks  # here, because the sampler's process does without pydantic

    return Clocks(**instant())


def instant() -> dict[str, Any]:
    """Return the fields of `Clocks` for the present instant."""
    boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
    monotonic_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    realtime_ns = time.clock_gettime_ns(time.CLOCK_REALTIME)
    return {"boot_id": boot_id, "monotonic_ns": monotonic_ns, "realtime_ns": realtime_ns}
