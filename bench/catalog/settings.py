"""Every setting once: its option and its `BENCH_*` variable, what it means, its limits, and who takes it.

A command takes a group by naming it as a parameter (`bench.cli.options.with_settings`); `bench up` takes them all and
hands them on as variables.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Optional


def setting(variable: str, help: str, default: Any, **limits: float) -> Any:
    """Declare a setting: a field whose name, with dashes, is its option.

    Parameters
    ----------
    variable : str
        What sets it where no option does.
    help : str
        One line for `--help`.
    limits
        `min` and `max`, as typer takes them.
    """
    metadata = {"variable": variable, "help": help, "limits": limits}
    if isinstance(default, list):
        return field(default_factory=default.copy, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class PlanSettings:
    """What a run measures, and where: from these its plan is made, once."""

    suite: str = setting("BENCH_SUITE", "A named set of frameworks and models: paper (the default), today, all.", "")
    frameworks: list[str] = setting(
        "BENCH_FRAMEWORKS", "Frameworks by name or prefix, joined by commas or repeated; none: the suite's.", []
    )
    models: list[str] = setting(
        "BENCH_MODELS", "Models by name or prefix, joined by commas or repeated; none: the suite's.", []
    )
    profile: str = setting("BENCH_PROFILE", "smoke, quick, paper (the default), full or sustained.", "")
    minutes: Optional[float] = setting(
        "BENCH_MINUTES", "Minutes of each cell, for profile sustained.", None, min=1, max=10_080
    )
    precision: list[str] = setting(
        "BENCH_PRECISION", "fp32 (the default), fp16, int8, joined by commas or repeated: each model in each.", []
    )
    accuracy_images: Optional[int] = setting(
        "BENCH_ACCURACY_IMAGES", "Classify a seeded subset of this size.", None, min=1, max=10**9
    )
    no_accuracy: bool = setting("BENCH_NO_ACCURACY", "Classify no images beside: other machines do, in shards.", False)
    threads: int = setting("BENCH_THREADS", "CPU threads; 0: all cores.", 0, min=0, max=1024)
    source: str = setting("BENCH_SOURCE", "A framework's own weights instead of the shared ones; see 'bench list'.", "")
    run: str = setting("BENCH_RUN", "The run's name; by default an unfinished one with the same plan goes on.", "")
    board: str = setting(
        "BENCH_BOARD",
        "simulated:pi3, :pi4 or :pi5 instead of this computer's sensors; also with ,play=NAME.",
        "",
    )
    ambient: Optional[float] = setting(
        "BENCH_AMBIENT", "Temperature of the surroundings in °C, for the record.", None, min=-60, max=100
    )
    power_supply: str = setting("BENCH_POWER_SUPPLY", "What feeds the board, for the record.", "")
    cooling: str = setting("BENCH_COOLING", "What cools the board, for the record.", "")


@dataclass(frozen=True)
class InputSettings:
    """What to prepare from."""

    weights: Optional[Path] = setting("BENCH_WEIGHTS", "Folder with weights and graphs; default: download them.", None)
    images: Optional[Path] = setting("BENCH_IMAGES", "Folder of (labelled) images; default: generated ones.", None)
    onnx: list[Path] = setting(
        "BENCH_ONNX",
        "An ONNX file of a classifier of your own, or a folder of such, measured beside the others; may be repeated.",
        [],
    )
    order: str = setting("BENCH_ORDER", "Of --onnx: its input's channels, RGB or BGR; default: RGB.", "")
    mean: str = setting(
        "BENCH_MEAN", "Of --onnx: what is subtracted from pixels of 0 to 255, as in 127.5 or 123.675,116.28,103.53.", ""
    )
    scale: str = setting(
        "BENCH_SCALE", "Of --onnx: the factor after that, as in 1/127.5; default of both: as torchvision trains.", ""
    )


@dataclass(frozen=True)
class MeterSettings:
    """How to sample."""

    meter: str = setting("BENCH_METER", "auto, or a meter's name; see 'bench list'.", "auto")
    period: float = setting("BENCH_PERIOD", "Seconds between samples.", 0.1, min=0.001, max=3600)


@dataclass(frozen=True)
class MeasureSettings:
    """How to measure what the plan says."""

    force: bool = setting(
        "BENCH_FORCE", "Measure again what is done, and what does not fit into the free memory.", False
    )
    timeout: float = setting("BENCH_TIMEOUT", "Seconds of silence that end a process.", 300, min=1, max=86400)
    openblas_core: str = setting(
        "BENCH_OPENBLAS_CORE", "OpenBLAS's name of a core, for its kernels; on a Pi 5 by default NEOVERSEN1.", ""
    )


@dataclass(frozen=True)
class PlaceSettings:
    """Where everything is kept."""

    results: Path = setting("BENCH_RESULTS", "Folder of prepared models and of all runs.", Path("results"))


def variables(*groups: Any) -> dict[str, str]:
    """Return the settings of some groups as the `BENCH_*` variables that every command and compose.yaml read."""
    return {one.metadata["variable"]: _text(getattr(group, one.name)) for group in groups for one in fields(group)}


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, list):  # paths may hold a comma, and are told apart as in PATH
        return (os.pathsep if value and isinstance(value[0], Path) else ",").join(map(_text, value))
    if isinstance(value, Path):
        return str(value.resolve())
    return "1" if value is True else str(value)


def flag(name: str) -> str:
    """Return a field's option: its name, with dashes."""
    return "--" + name.replace("_", "-")


def options(*groups: Any) -> list[str]:
    """Return as options what some groups' settings are, where that is not the default.

    >>> options(PlanSettings(models=["nin", "squeezenet"], no_accuracy=True, threads=4))
    ['--models', 'nin', '--models', 'squeezenet', '--no-accuracy', '--threads', '4']
    """
    words: list[str] = []
    for group in groups:
        default = type(group)()
        for one in fields(group):
            value = getattr(group, one.name)
            if value is True:
                words.append(flag(one.name))
            elif value != getattr(default, one.name):
                for each in value if isinstance(value, list) else [value]:
                    words += [flag(one.name), str(each)]
    return words
