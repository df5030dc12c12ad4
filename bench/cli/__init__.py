"""The command line: one command per verb, parsing and printing only."""

from __future__ import annotations

import os
import signal
import sys

from bench.cli import board, decide, measuring, power, results  # noqa: F401  (they join the app)
from bench.cli.app import app
from bench.cli.former import translate
from bench.errors import UserError
from bench.runs.outcome import Exit


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    # As process 1 of a container it would ignore the signal, else.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        translate(os.environ, lambda sentence: print(f"bench: {sentence}", file=sys.stderr))
        app()
    except UserError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(Exit.USAGE)
