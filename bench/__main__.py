"""`python3 -m bench`: in a clone it sets up its own environment on first use, then runs the command line."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from bench.bootstrap import REQUIREMENTS, SetUpError, ensure

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
    "pydantic",
    "rich",
    "smbus2",
    "typer",
)

if __name__ == "__main__":
    in_a_clone = (REQUIREMENTS / "host.lock").exists()
    if in_a_clone and not all(find_spec(module) for module in _HOST_MODULES):
        try:
            python = ensure("host")
        except SetUpError as error:
            sys.exit(f"bench: {error}")
        os.execv(python, [str(python), "-m", "bench", *sys.argv[1:]])
    from bench.cli import main

    main()
