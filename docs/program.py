"""What the documentation repeats of the program, read from the program; `make generate` renders it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

import bench.cli  # noqa: F401  (all commands join the app)
from bench.cli.app import app

ROOT = Path(__file__).resolve().parents[1]

_COMPOSE = {
    "BENCH_AWAIT_SAMPLER": "seconds that a framework waits for the sampler to begin",
    "BENCH_DIGEST_*": "the id of each framework's image, for the record; `bench up` sets them",
    "BENCH_METER_DEVICE": "the device that the sampler's container is given: `/dev/i2c-1`",
    "BENCH_METER_FILE": "the file of a meter's logger, which the container then sees as `/input/meter`",
    "BENCH_METER_GROUP": "the number of the group that may use the device",
    "BENCH_METER_NETWORK": "`bridge`, for a smart plug; the sampler has no network otherwise",
    "BENCH_ONLY_MODELS": "what `BENCH_MODELS` was called; both are still understood",
    "BENCH_PULL": "Compose's `pull_policy`; with a registry `missing`, else `never`",
    "BENCH_REGISTRY": "the registry to pull images from, `ghcr.io/OWNER/NAME`; what it has not is built",
    "BENCH_SOURCE_SHA256": "the label of an image that is built here: what `python3 -m bench.source` says",
    "BENCH_TAG": "of the images",
    "BENCH_TOOLS_PLATFORM": "`linux/arm64` where Docker is 32-bit: the tools are not built for that",
    "BENCH_USER": "`uid:gid` that the containers run as from the start, instead of becoming the results folder's owner",
}
"""What the variables are for that Compose alone reads."""


@dataclass
class Option:
    """An option or an argument of one or more commands."""

    name: str
    variable: str
    help: str
    default: str
    commands: list[str] = field(default_factory=list)


@dataclass
class Command:
    """A command with what it alone takes."""

    name: str
    help: str
    usage: str
    arguments: list[Option]
    options: list[Option]


def _commands(group: Any = None, before: str = "") -> dict[str, Any]:
    """Return every command by its whole name, those of a group after each other (`fleet run`)."""
    found: dict[str, Any] = {}
    all_of: Any = group or typer.main.get_command(app)
    for name, command in all_of.commands.items():
        within = _commands(command, f"{before}{name} ") if hasattr(command, "commands") else {before + name: command}
        found.update(within)
    return found


def _option(parameter: Any) -> Option:
    name = parameter.opts[0] if parameter.param_type_name == "option" else _metavar(parameter)
    unset = parameter.default in ("", None, False, []) or callable(parameter.default)
    return Option(name, parameter.envvar or "", parameter.help or "", "" if unset else str(parameter.default))


def _metavar(argument: Any) -> str:
    name = argument.name.upper().rstrip("_") + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def settings() -> list[Option]:
    """Return the options that have a variable, in alphabetical order.

    Raises
    ------
    ValueError
        If two commands mean different things by one option.
    """
    found: dict[str, Option] = {}
    for name, command in _commands().items():
        for parameter in command.params:
            if parameter.envvar and parameter.param_type_name == "option":
                option = _option(parameter)
                known = found.setdefault(option.name, option)
                if (known.variable, known.help, known.default) != (option.variable, option.help, option.default):
                    raise ValueError(f"{option.name} means something else in 'bench {name}'")
                known.commands.append(name)
    return sorted(found.values(), key=lambda option: option.name)


def commands() -> list[Command]:
    """Return every command."""
    described = []
    for name, command in _commands().items():
        arguments = [_option(one) for one in command.params if one.param_type_name == "argument"]
        options = [_option(one) for one in command.params if one.param_type_name == "option" and not one.envvar]
        usage = " ".join(["bench", name, *(argument.name for argument in arguments), "[options]"])
        described.append(Command(name, command.help, usage, arguments, options))
    return described


def option_names() -> set[str]:
    """Return the names of all options of all commands."""
    return {name for command in _commands().values() for parameter in command.params for name in parameter.opts}


def variables() -> set[str]:
    """Return the variables that some command reads."""
    return {parameter.envvar for command in _commands().values() for parameter in command.params if parameter.envvar}


def variables_of_compose() -> dict[str, str]:
    """Return the variables that Compose alone reads, with what they are for; KeyError if that is not written here."""
    read = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("compose.yaml", ".env"))
    found = {re.sub(r"(BENCH_DIGEST_)\w+", r"\1*", name) for name in re.findall(r"\$\{(BENCH_\w+)", read)}
    return {name: _COMPOSE[name] for name in sorted(found - variables() | {"BENCH_AWAIT_SAMPLER"})}
