"""The profiles: how long and how often to measure."""

from __future__ import annotations

from bench.errors import UserError
from bench.records.schema import Profile

PROFILES = {
    profile.name: profile
    for profile in (
        # Proves that everything works, in seconds; its speeds mean nothing.
        Profile(name="smoke", idle_s=1, warmup_images=1, timed_images=3, timed_s=0, accuracy_images=5),
        # A first look, in minutes.
        Profile(name="quick", idle_s=5, warmup_images=5, timed_images=100, timed_s=5, accuracy_images=500),
        # As published: throughput over 100 images, accuracy over all that are given.
        Profile(name="paper", idle_s=10, warmup_images=10, timed_images=100, timed_s=10),
        # Rigorous: repeated until the interval of throughput is within 1 %.
        Profile(
            name="full",
            idle_s=30,
            warmup_images=20,
            timed_images=100,
            timed_s=60,
            repetitions=5,
            repetitions_max=10,
            ci_target=0.01,
            cool_down=True,
            unsampled_s=60,
        ),
    )
}


def find_profile(name: str, accuracy_images: int | None = None) -> Profile:
    """Return a profile by its name, with another number of images to classify if one is given.

    Raises
    ------
    UserError
        If there is no such profile.
    """
    if name not in PROFILES:
        raise UserError(f"there is no profile '{name}'; there are {', '.join(PROFILES)}")
    profile = PROFILES[name]
    return profile if accuracy_images is None else profile.model_copy(update={"accuracy_images": accuracy_images})
