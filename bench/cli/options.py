"""The options that several commands share: one name, one variable, one meaning.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

from pathlib import Path
from typing import Annotated, Optional

import typer

from bench.records.schema import Conditions

ResultsOption = Annotated[
    Path, typer.Option("--results", envvar="BENCH_RESULTS", help="Folder of prepared models and of all runs.")
]
RunOption = Annotated[
    str,
    typer.Option(
        "--run", envvar="BENCH_RUN", help="The run's name; by default an unfinished one with the same plan goes on."
    ),
]
ModelsOption = Annotated[
    list[str],
    typer.Option(
        "--models",
        envvar="BENCH_ONLY_MODELS",
        help="Models by name or prefix, joined by commas or repeated; none means all.",
    ),
]
ProfileOption = Annotated[
    str, typer.Option("--profile", envvar="BENCH_PROFILE", help="smoke, quick, paper (the default) or full.")
]
AccuracyOption = Annotated[
    Optional[int],
    typer.Option(
        "--accuracy-images", min=1, envvar="BENCH_ACCURACY_IMAGES", help="Classify a seeded subset of this size."
    ),
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=0, envvar="BENCH_THREADS", help="CPU threads; 0: all cores.")
]
MeterOption = Annotated[
    str, typer.Option("--meter", envvar="BENCH_METER", help="auto, or a meter's name; see 'bench list'.")
]
SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        envvar="BENCH_SOURCE",
        help="A framework's own weights instead of the shared ones; see 'bench list'.",
    ),
]
WeightsOption = Annotated[
    Optional[Path],
    typer.Option("--weights", envvar="BENCH_MODELS", help="Folder with weights and graphs; default: download them."),
]
ImagesOption = Annotated[
    Optional[Path],
    typer.Option("--images", envvar="BENCH_IMAGES", help="Folder of (labelled) images; default: generated ones."),
]
PeriodOption = Annotated[
    float, typer.Option("--period", envvar="BENCH_PERIOD", min=0.001, help="Seconds between samples.")
]
BoardOption = Annotated[
    str,
    typer.Option(
        "--board",
        envvar="BENCH_BOARD",
        help="simulated:pi3, :pi4 or :pi5 instead of this computer's sensors; also simulated:pi4,play=under-voltage.",
    ),
]
AmbientOption = Annotated[
    Optional[float],
    typer.Option(
        "--ambient",
        min=-60,
        max=100,
        envvar="BENCH_AMBIENT",
        help="Temperature of the surroundings in °C, for the record.",
    ),
]
PowerSupplyOption = Annotated[
    str, typer.Option("--power-supply", envvar="BENCH_POWER_SUPPLY", help="What feeds the board, for the record.")
]
CoolingOption = Annotated[
    str, typer.Option("--cooling", envvar="BENCH_COOLING", help="What cools the board, for the record.")
]
ForceOption = Annotated[bool, typer.Option("--force", envvar="BENCH_FORCE", help="Measure again what is done.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for machines.")]
DEFAULT_RESULTS = Path("results")


def conditions_of(ambient: Optional[float], power_supply: str, cooling: str) -> Conditions:
    """Return what the user states of the surroundings; empty means not stated."""
    return Conditions(ambient_c=ambient, power_supply=power_supply or None, cooling=cooling or None)
