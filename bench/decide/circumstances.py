"""What differs between two cells beside their numbers."""

from __future__ import annotations

from bench.records.columns import Row

HOTTER_C = 10.0
"""Processor temperatures that differ by less are alike."""

CLOCK = 0.02
"""Clocks that differ by less than this share are alike."""

_OTHER = {
    "board": "board",
    "boot_id": "boot",
    "images_sha256": "images",
    "image_digest": "container image",
    "weights_sha256": "weights",
}
"""Columns whose values say nothing to a reader, and what they are of."""

_FROM_TO = {
    "threads": "{} against {} threads",
    "framework_version": "version {} against {}",
    "max_mhz": "a highest clock of {:.0f} against {:.0f} MHz",
    "governor": "governor {} against {}",
    "kernel": "kernel {} against {}",
    "cooling": "cooling: {} against {}",
    "ambient_c": "{:g} against {:g} °C around the board",
    "power_supply": "supply: {} against {}",
}


def circumstances(one: Row, other: Row) -> list[str]:
    """Return what differs, in words; what only one of them knows is passed over."""
    both = {name: (getattr(one, name), getattr(other, name)) for name in (*_OTHER, *_FROM_TO)}
    changed = {name: pair for name, pair in both.items() if None not in pair and pair[0] != pair[1]}
    found = [f"other {what}" for name, what in _OTHER.items() if name in changed]
    found += [text.format(*changed[name]) for name, text in _FROM_TO.items() if name in changed]
    return [*found, *_power(one, other), *_warmth(one, other)]


def _power(one: Row, other: Row) -> list[str]:
    if "simulated" in (one.boundary, other.boundary):
        return ["simulated power is not compared"]
    if one.boundary != other.boundary and one.boundary and other.boundary:
        return [f"power seen at {one.boundary} against {other.boundary} is not compared"]
    return []


def _warmth(one: Row, other: Row) -> list[str]:
    """Return how the thermal state differs: a hotter board leaks more power, and may have been slowed down."""
    found = []
    if (
        one.temp_c_max is not None
        and other.temp_c_max is not None
        and abs(one.temp_c_max - other.temp_c_max) > HOTTER_C
    ):
        found.append(f"{one.temp_c_max:.0f} against {other.temp_c_max:.0f} °C at the hottest")
    if one.arm_mhz_min and other.arm_mhz_min and abs(one.arm_mhz_min / other.arm_mhz_min - 1) > CLOCK:
        found.append(f"a clock down to {one.arm_mhz_min:.0f} against {other.arm_mhz_min:.0f} MHz")
    for which, row in (("first", one), ("second", other)):
        if row.steady is False:
            found.append(f"the {which} was not steady")
    return found
