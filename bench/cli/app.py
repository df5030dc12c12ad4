"""The typer app that the commands join, and what comes before a command."""

from typing import Annotated

import typer
from rich.console import Console

from bench import __version__

app = typer.Typer(
    name="bench",
    help="Which DNN framework and model, at what speed, accuracy and watts, on this board?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

console = Console(soft_wrap=True)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"bench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that come before a command."""
