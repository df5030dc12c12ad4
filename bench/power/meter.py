"""What a meter is, and finding one by name.

A meter is one file in `bench/power/meters/`, named after the meter with `_` for `-`. Its module holds a class derived
from `Meter` and two functions. The keyword parameters of `create`, all text, are the meter's options: `--meter
simulated:idle=2.0,slope=4.0` calls `create(idle="2.0", slope="4.0")`; it raises ValueError for a value that makes no
sense. `unusable` returns why the meter can't be used here, or None, without keeping anything open.
"""

from __future__ import annotations

import inspect
import pkgutil
from abc import ABC, abstractmethod
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from bench.errors import UserError
from bench.power import meters

if TYPE_CHECKING:
    from bench.records.schema import Boundary

_AUTO = ("hwmon", "pi5-pmic")
"""What is chosen by itself, the first that is usable: nothing made up, and nothing that needs to be told something, as
`i2c` needs its shunt's value."""


AFTERWARDS = "csv"
"""No meter that a sampler reads: the name under which one looks for the import of a log."""


class Reading(NamedTuple):
    """One answer of a meter; None is what it did not say.

    Attributes
    ----------
    time_ns
        The moment it holds for, CLOCK_MONOTONIC in nanoseconds; None: the moment it was asked for.
    """

    watts: Optional[float]
    volts: Optional[float] = None
    amps: Optional[float] = None
    time_ns: Optional[int] = None


class Meter(ABC):
    """A source of power readings.

    Attributes
    ----------
    name
        The module's name.
    boundary
        What the meter sees; None if it sees nothing.
    uncertainty
        Relative uncertainty of one power reading as the maker states it (0.01 = 1 %); None where unknown.
    fastest_period_s
        The shortest sensible time between two readings, in seconds; certain once the meter is open.
    details
        For the record: resolution, settings, and under `cannot_see` what escapes this meter.
    """

    name: str
    boundary: Optional[Boundary] = None
    uncertainty: Optional[float] = None
    fastest_period_s: float
    details: dict[str, Any]

    @abstractmethod
    def open(self) -> None:
        """Find the hardware and get ready.

        Raises
        ------
        UserError
            If there is none, or it can't be used: with what the user should do.
        """

    @abstractmethod
    def read(self) -> Reading:
        """Return what the meter shows now.

        Raises
        ------
        OSError
            If the hardware does not answer; the meter is then closed and opened again.
        """

    def readings(self) -> list[Reading]:
        """Return what there is to read now: one reading, or of a meter with a memory all since the last call.

        Raises
        ------
        OSError
            Like `read`.
        """
        return [self.read()]

    @abstractmethod
    def close(self) -> None:
        """Let go of the hardware; `open` may follow."""


def meter_names() -> list[str]:
    """Return the names of all meters."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(meters.__path__))


def why_unusable(name: str) -> Optional[str]:
    """Return why the meter of that name can't be used here, in one line; None if it can."""
    reason: Optional[str] = _module(name).unusable()
    return reason


def meter_class(name: str) -> type[Meter]:
    """Return the class of the meter of that name, for what it says without being opened."""
    classes = (value for value in vars(_module(name)).values() if inspect.isclass(value) and issubclass(value, Meter))
    return next(kind for kind in classes if getattr(kind, "name", None) == name)


def meter_options(name: str) -> list[str]:
    """Return the names of a meter's options."""
    return list(inspect.signature(_module(name).create).parameters)


def find_meter(spec: str) -> Meter:
    """Return the meter that a `--meter` argument asks for, not yet opened.

    Parameters
    ----------
    spec : str
        `NAME`, `NAME:key=value,key=value`, or `auto`: a power sensor if this board has one, else none.

    Raises
    ------
    UserError
        If there is no such meter, or it has no such option.
    """
    name, _, text = spec.partition(":")
    if name == "auto":
        name = next((candidate for candidate in _AUTO if why_unusable(candidate) is None), "none")
    elif name == AFTERWARDS:
        raise UserError(
            "an external meter's log is read after the run: measure with --meter none, then 'bench import LOG.csv'"
        )
    elif name not in meter_names():
        raise UserError(f"there is no meter '{name}'; choose one of: auto, {', '.join(meter_names())}")
    create = _module(name).create
    options = dict(_option(spec, part) for part in text.split(",") if part)
    known = meter_options(name)
    unknown = [key for key in options if key not in known]
    if unknown:
        raise UserError(f"meter '{spec}': unknown option '{unknown[0]}'; {name} takes: {', '.join(known) or 'none'}")
    try:
        meter: Meter = create(**options)
    except ValueError as error:
        raise UserError(f"meter '{spec}': {error}; correct the option") from None
    return meter


def _module(name: str) -> ModuleType:
    return import_module(f"{meters.__name__}.{name.replace('-', '_')}")


def _option(spec: str, part: str) -> tuple[str, str]:
    key, separator, value = part.partition("=")
    if not separator:
        raise UserError(f"meter '{spec}': '{part}' is no option; write NAME:key=value,key=value")
    return key, value
