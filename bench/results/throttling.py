"""Whether the board held its pace while a cell was measured: under-voltage, throttling, a falling clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bench.board.throttled import Throttled
from bench.power.samples.energy import window_power
from bench.power.samples.read import Sampling
from bench.records.schema import Repetition

MAX_CLOCK_DROP = 0.05
"""A clock that falls by more than this share of its value at the window's start has been throttled."""

_UNDER_VOLTAGE = Throttled.UNDER_VOLTAGE | Throttled.SEEN_UNDER_VOLTAGE
_SUPPLY = "use a stronger power supply and a short cable"
_COOLING = "cool the board better"


def throttling(records: Sequence[Repetition], samplings: Sequence[Sampling], warm: Collection[int] = ()) -> str | None:
    """Return what slowed the board down in a timed window, and what to do about it; None if nothing did.

    Bits that the firmware had set before a window don't count, unless they are set anew in it. The clock is compared
    with its first reading in the window: under the governor `ondemand` it is low before, and that is no fault.

    Parameters
    ----------
    warm
        Numbers of the repetitions whose falling clock is dealt with otherwise: there only under-voltage is a fault.
    """
    for record in records:
        for window in record.windows:
            if window.name != "timed":
                continue
            edges = record.clocks.boot_id, window.begin_ns, window.end_ns
            bits = window_power(samplings, *edges)[0].throttled_bits
            if record.repetition in warm:
                why = _bits((bits or 0) & _UNDER_VOLTAGE)
            else:
                why = _bits(bits) or _clock_drop(samplings, *edges)
            if why is not None:
                return f"{why} in the timed window of repetition {record.repetition}"
    return None


def _bits(bits: int | None) -> str | None:
    if not bits:
        return None
    if bits & _UNDER_VOLTAGE:
        return f"the firmware reported under-voltage ({bits:#x}; {_SUPPLY})"
    return f"the firmware reported throttling ({bits:#x}; {_COOLING})"


def _clock_drop(samplings: Sequence[Sampling], boot_id: str, begin_ns: int, end_ns: int) -> str | None:
    for sampling in samplings:
        if sampling.boot_id != boot_id:
            continue
        times, clock = sampling.samples.clock
        inside = clock[(times >= begin_ns) & (times <= end_ns)]
        if inside.size and inside.min() < (1 - MAX_CLOCK_DROP) * inside[0]:
            return f"the clock fell from {inside[0]:.0f} to {inside.min():.0f} MHz ({_COOLING})"
    return None
