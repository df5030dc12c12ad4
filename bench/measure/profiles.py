"""The profiles: how long and how often to measure."""

from __future__ import annotations

from bench.errors import UserError
from bench.records.run import Profile

SUSTAINED = "sustained"

PROFILES = {
    profile.name: profile
    for profile in (
        # Proves that everything works, in seconds; its speeds mean nothing.
        Profile(name="smoke", idle_s=1, warmup_images=1, timed_images=3, timed_s=0, accuracy_images=5),
        # A first look, in minutes.
        Profile(name="quick", idle_s=5, warmup_images=5, warmup_s=5, timed_images=100, timed_s=5, accuracy_images=500),
        # As published: throughput over 100 images, accuracy over all that are given; three times, so that the scatter
        # is known. Where the clock falls below 1100 of 1200 MHz what came before counts, as it did for the paper; a hot
        # board cools down a little before.
        Profile(
            name="paper",
            idle_s=4,
            warmup_images=10,
            warmup_s=5,
            timed_images=100,
            timed_s=7,
            repetitions=3,
            repetitions_max=3,
            cut_clock=1100 / 1200,
            cut_images=32,
        ),
        # Rigorous: repeated until the interval of throughput is within 1 %.
        Profile(
            name="full",
            idle_s=30,
            warmup_images=20,
            warmup_s=5,
            timed_images=100,
            timed_s=60,
            repetitions=5,
            repetitions_max=10,
            ci_target=0.01,
            cool_down=True,
            unsampled_s=60,
        ),
        # What becomes of a cell in the heat: begun cool, without a warm-up, so that the first minute is its first.
        Profile(
            name=SUSTAINED,
            idle_s=10,
            warmup_images=0,
            timed_images=100,
            timed_s=30 * 60,
            accuracy_images=500,
            cool_down=True,
            sustained=True,
        ),
    )
}


def find_profile(name: str, accuracy_images: int | None = None, minutes: float | None = None) -> Profile:
    """Return a profile by its name, with another number of images to classify, or of minutes, if one is given.

    Raises
    ------
    UserError
        If there is no such profile, or minutes are given for one that does not last so long.
    """
    if name not in PROFILES:
        raise UserError(f"there is no profile '{name}'; there are {', '.join(PROFILES)}")
    return adjusted(PROFILES[name], accuracy_images, minutes)


def adjusted(profile: Profile, accuracy_images: int | None, minutes: float | None) -> Profile:
    """Return a profile with what was asked for otherwise; raises UserError like `find_profile`."""
    if minutes is not None and not profile.sustained:
        raise UserError(f"--minutes is for profile {SUSTAINED}, not for {profile.name}; leave it out")
    wanted = {"accuracy_images": accuracy_images, "timed_s": None if minutes is None else 60 * minutes}
    return profile.model_copy(update={field: value for field, value in wanted.items() if value is not None})
