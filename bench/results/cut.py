"""Windows that end where the clock falls: the paper's own rule for its hot cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from bench.power.samples.read import Sampling
from bench.records.run import Profile
from bench.records.schema import Repetition, Window


class Cut(NamedTuple):
    """A repetition whose timed window ends early.

    Attributes
    ----------
    record
        As if it had ended where the clock fell.
    images
        Those that were done by then.
    mhz
        What the clock had fallen to.
    """

    record: Repetition
    images: int
    mhz: float


def cut_short(record: Repetition, samplings: Sequence[Sampling], profile: Profile) -> Cut | None:
    """Return a repetition up to where the clock fell, if the profile has that rule and enough images were done by then.

    The paper averaged its hot cell, Caffe's GoogLeNet on a bare Pi 3, over about 64 images while the clock stayed above
    1100 of 1200 MHz.
    """
    timed = next((window for window in record.windows if window.name == "timed"), None)
    if profile.cut_clock is None or timed is None:
        return None
    fallen = _fallen(samplings, record.clocks.boot_id, timed, profile.cut_clock)
    if fallen is None:
        return None
    at_ns, mhz = fallen
    times_ns = [preprocess + inference for preprocess, inference in zip(record.preprocess_ns, record.inference_ns)]
    # Between two images the worker does next to nothing; what that is, is shared out among them.
    stretch = (timed.end_ns - timed.begin_ns) / max(sum(times_ns), 1)
    ends_ns = [timed.begin_ns + done * stretch for done in accumulate(times_ns)]
    images = sum(end_ns <= at_ns for end_ns in ends_ns)
    if images < max(profile.cut_images, 1):
        return None
    shortened = [
        window.model_copy(update={"end_ns": round(ends_ns[images - 1])}) if window is timed else window
        for window in record.windows
    ]
    update = {
        "windows": shortened,
        "preprocess_ns": record.preprocess_ns[:images],
        "inference_ns": record.inference_ns[:images],
    }
    return Cut(record.model_copy(update=update), images, mhz)


def _fallen(samplings: Sequence[Sampling], boot_id: str, window: Window, share: float) -> tuple[int, float] | None:
    """Return when the clock was last seen above the share of its first reading in the window, and what it fell to."""
    for sampling in samplings:
        if sampling.boot_id != boot_id:
            continue
        times, clock = sampling.samples.clock
        inside = (times >= window.begin_ns) & (times <= window.end_ns)
        times, clock = times[inside], clock[inside]
        below = clock < share * clock[0] if clock.size else clock.astype(bool)
        if below.any():
            first = int(below.argmax())
            return int(times[max(first - 1, 0)]), float(clock[first])
    return None
