"""Variables that once meant something else: what they say still holds, and the user hears what to write now."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path

from bench.errors import UserError


def translate(environment: MutableMapping[str, str], say: Callable[[str], None]) -> None:
    """Give what former versions took its variables of today.

    Raises
    ------
    UserError
        If what is given can only be meant in one of its two meanings, and the other is given too.
    """
    models = environment.get("BENCH_MODELS", "")
    if "/" in models or (models and Path(models).is_dir()):
        if environment.get("BENCH_WEIGHTS"):
            raise UserError(
                f"BENCH_MODELS={models} is a folder, beside BENCH_WEIGHTS: name models there, or leave it out"
            )
        beside = environment.get("BENCH_MODELS_BESIDE")  # in a container, where compose.yaml has mounted what it is in
        folder = Path(beside, Path(models).name) if beside else Path(models)
        if folder.is_dir():
            say(f"BENCH_MODELS is a folder: taken as --weights; write BENCH_WEIGHTS={models} from now on")
        environment["BENCH_WEIGHTS"], environment["BENCH_MODELS"] = str(folder), ""
    names = environment.pop("BENCH_ONLY_MODELS", "")
    if names:
        if environment.get("BENCH_MODELS"):
            raise UserError("BENCH_MODELS and BENCH_ONLY_MODELS both name models; leave BENCH_ONLY_MODELS out")
        say(f"BENCH_ONLY_MODELS is called BENCH_MODELS now: write BENCH_MODELS={names} from now on")
        environment["BENCH_MODELS"] = names
