"""The firmware's bit field of under-voltage and throttling, as `vcgencmd get_throttled` prints it.

(https://www.raspberrypi.com/documentation/computers/os.html#get_throttled)
"""

from __future__ import annotations

from enum import IntFlag

_SINCE_BOOT = 16


class Throttled(IntFlag):
    """What holds the board back at this moment, and below it what has since it was booted.

    The kernel's rpi_volt driver clears what has been seen with each of its own polls (every 2 s).
    """

    UNDER_VOLTAGE = 0x1
    CAPPED = 0x2
    THROTTLED = 0x4
    SOFT_LIMIT = 0x8
    SEEN_UNDER_VOLTAGE = UNDER_VOLTAGE << _SINCE_BOOT
    SEEN_CAPPED = CAPPED << _SINCE_BOOT
    SEEN_THROTTLED = THROTTLED << _SINCE_BOOT
    SEEN_SOFT_LIMIT = SOFT_LIMIT << _SINCE_BOOT


SLOWED = Throttled.CAPPED | Throttled.THROTTLED | Throttled.SOFT_LIMIT
"""The firmware holds the clock down, for heat or for want of power."""

NOW = Throttled.UNDER_VOLTAGE | SLOWED
"""All that tells of this moment."""


def seen(bits: int) -> Throttled:
    """Return the bits that stay set after those of a moment.

    >>> hex(seen(0x5))
    '0x50000'
    """
    return Throttled((bits & NOW) << _SINCE_BOOT)


SEEN = seen(NOW)
"""All that tells of the time since boot."""
