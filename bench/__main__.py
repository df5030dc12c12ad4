"""`python3 -m bench`: in a clone it sets up its own environment on first use, then runs the command line."""

from __future__ import annotations

import signal

HEEDS_CTRL_C = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
if HEEDS_CTRL_C:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it ends what has not begun: a hundred modules are on their way

import os  # noqa: E402  (that comes first)
import sys  # noqa: E402
from importlib.util import find_spec  # noqa: E402

from bench import __version__  # noqa: E402
from bench.bootstrap import REQUIREMENTS, ensure_or_end, is_set_up  # noqa: E402

_HOST_MODULES = (
    "cv2",
    "docker",
    "fastparquet",
    "jinja2",
    "matplotlib",
    "onnxruntime",
    "pandas",
    "PIL",
    "plotly",
    "pooch",
    "prometheus_client",
    "pydantic",
    "rich",
    "smbus2",
    "typer",
)

_FIRST_HELP = """\
Which DNN framework and model, at what speed, accuracy and watts, on this board?

Nothing is set up in this clone yet, so this is not the whole help. The first
command installs what bench needs into .venvs/host in this folder, once, and
nowhere else; it takes a few minutes and the network.

  python3 -m bench doctor   what would spoil a measurement
  python3 -m bench up       measure everything on this board
  python3 -m bench --help   after that: every command

docs/settings.md has every command and option, README.md where to begin.
"""


def _told_without_set_up(words: list[str]) -> str:
    """Return the answer to what needs no environment; empty for anything else."""
    if words[:1] in (["-V"], ["--version"]):
        return f"bench {__version__}\n"
    return _FIRST_HELP if {"-h", "--help"} & set(words) else ""


if __name__ == "__main__":
    in_a_clone = (REQUIREMENTS / "host.lock").exists()
    if in_a_clone and not all(find_spec(module) for module in _HOST_MODULES):
        answer = "" if is_set_up("host") else _told_without_set_up(sys.argv[1:])
        if answer:
            print(answer, end="")
            sys.exit()
        if HEEDS_CTRL_C:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        python = ensure_or_end("host", "bench")
        os.execv(python, [str(python), "-m", "bench", *sys.argv[1:]])
    from bench.cli import main

    main()
