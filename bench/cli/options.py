"""The settings as options of the commands, and the few options that are no setting.

Without `from __future__ import annotations`: on Python 3.9 typer would not see what `Annotated` says.
"""

import dataclasses
import inspect
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Callable, get_type_hints

import typer

from bench.catalog.settings import MeterSettings, PlaceSettings, PlanSettings, flag
from bench.names import checked_text

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for machines.")]


def option(group: type, name: str) -> Any:
    """Return a setting of a group as typer's option."""
    setting = group.__dataclass_fields__[name].metadata  # type: ignore[attr-defined]
    return typer.Option(flag(name), envvar=setting["variable"], help=setting["help"], **setting["limits"])


ResultsOption = Annotated[Path, option(PlaceSettings, "results")]
RunOption = Annotated[str, option(PlanSettings, "run")]
BoardOption = Annotated[str, option(PlanSettings, "board")]
MeterOption = Annotated[str, option(MeterSettings, "meter")]
PeriodOption = Annotated[float, option(MeterSettings, "period")]
StepOption = Annotated[
    str,
    typer.Option(
        "--step",
        envvar="BENCH_STEP",
        help="As a step of that chain of commands, in which what is not this step's to do is no failure.",
    ),
]
DEFAULT_RESULTS = PlaceSettings().results


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes groups of settings as parameters an option for each of their fields."""
    given = inspect.signature(command).parameters.values()
    groups = {parameter.name: parameter.annotation for parameter in given if _is_group(parameter)}

    @wraps(command)
    def call(**values: Any) -> None:
        for name, group in groups.items():
            for field in dataclasses.fields(group):
                if group is PlanSettings and isinstance(values[field.name], str):
                    checked_text(values[field.name], flag(field.name))
            values[name] = group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
        command(**values)

    parameters = [one for parameter in given for one in (_options(parameter) if _is_group(parameter) else [parameter])]
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    )
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _is_group(parameter: inspect.Parameter) -> bool:
    return dataclasses.is_dataclass(parameter.annotation)


def _options(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    group = parameter.annotation
    hints, defaults = get_type_hints(group), group()
    for field in dataclasses.fields(group):
        annotation = Annotated[hints[field.name], option(group, field.name)]  # type: ignore[name-defined,valid-type]
        default = getattr(defaults, field.name)
        yield inspect.Parameter(field.name, parameter.kind, default=default, annotation=annotation)
