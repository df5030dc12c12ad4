"""The command line: one command per verb, parsing and printing only."""

from __future__ import annotations

import os
import signal
import sys

from bench.bootstrap import trust_certificates
from bench.cli import board, decide, fleet, measuring, power, results  # noqa: F401  (they join the app)
from bench.cli.app import app, errors, sort_commands
from bench.cli.former import translate
from bench.cli.net import is_of_the_machine, keep
from bench.errors import UserError
from bench.names import checked_letters, printable
from bench.output import make_patient
from bench.records.files import ENDING_SIGNALS
from bench.runs.outcome import Exit

sort_commands()


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2, one of ours exit code 70."""
    try:
        _listen()
        for word in sys.argv[1:]:
            checked_letters(word, "an argument")
        for name, value in os.environ.items():
            if name.startswith("BENCH_"):
                checked_letters(value, name)
        trust_certificates()
        translate(os.environ, lambda sentence: print(f"bench: {sentence}", file=sys.stderr))
        app(prog_name="bench")
    except KeyboardInterrupt:  # before or after the command, which has its own words for it
        sys.exit(128 + signal.SIGINT)
    except UserError as error:
        _end(Exit.USAGE, str(error))
    except OSError as error:
        if not is_of_the_machine(error):
            _end(Exit.INTERNAL, keep(error))
        _end(Exit.USAGE, f"{error.filename or 'the system'}: {error.strerror}; check that it is there, and yours")
    except Exception as error:
        _end(Exit.INTERNAL, keep(error))


def _listen() -> None:
    make_patient()
    for number in ENDING_SIGNALS:
        # As process 1 of a container it would ignore SIGTERM, else. Ctrl-C is Python's; what nohup ignores stays so.
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        interrupts = number == signal.SIGINT
        signal.signal(number, signal.default_int_handler if interrupts else lambda came, _: sys.exit(128 + came))


def _end(code: Exit, sentence: str) -> None:
    for line in f"bench: {sentence}".split("\n"):
        errors.print(printable(line), highlight=False, markup=False)
    sys.exit(code)
