from __future__ import annotations

from bench.board.throttled import NOW, SEEN, SLOWED, Throttled, seen


def test_the_bits_are_where_the_firmware_has_them() -> None:
    assert (int(NOW), int(SEEN)) == (0xF, 0xF0000)
    assert Throttled(0x50005) == (
        Throttled.UNDER_VOLTAGE | Throttled.THROTTLED | Throttled.SEEN_UNDER_VOLTAGE | Throttled.SEEN_THROTTLED
    )


def test_slowed_is_everything_but_under_voltage() -> None:
    assert (int(SLOWED), int(seen(SLOWED))) == (0xE, 0xE0000)


def test_what_is_seen_of_a_moment_is_that_moment_s_bits_alone() -> None:
    assert seen(0x50001) == Throttled.SEEN_UNDER_VOLTAGE
