"""Runs a program's Python in an image, with the results and this folder mounted."""

import os
from pathlib import Path


def run_in(image: str, results: Path) -> list[str]:
    """Return the command, but for the program."""
    mounts = [f"--volume={results}:/results", f"--volume={Path(__file__).parent}:/benchmark:ro", "--tmpfs=/tmp"]
    user = f"--user={os.getuid()}:{os.getgid()}"
    return ["docker", "run", "--rm", "--interactive", "--network=none", user, *mounts, "--entrypoint=python3", image]
