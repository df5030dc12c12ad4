"""The typer app that the commands join, and what comes before a command."""

from typing import Annotated

import typer

from bench import __version__
from bench.report.terminal.messages import Messages

app = typer.Typer(
    name="bench",
    help="Which DNN framework and model, at what speed, accuracy and watts, on this board?",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


console = Messages()
errors = Messages(stderr=True)

MEASURE, READ, DECIDE, SET_UP = PANELS = ("Measure", "Read", "Decide", "Set up")
"""The groups of commands in the help, in order."""


def sort_commands() -> None:
    """Put the commands into the order of the help: by groups, the one that does everything first."""
    app.registered_commands.sort(key=lambda one: (PANELS.index(str(one.rich_help_panel)), one.name != "up"))


def _version(value: bool) -> None:
    if value:
        typer.echo(f"bench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that come before a command."""
