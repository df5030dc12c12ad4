"""Prints which requirements of a lock an image installs: wanted.py MACHINE DEBIANS LOCK [LOCK BELOW].

DEBIANS are packages that the layer without another below has from Debian: they are left out of its lock, and one above
that lists them has its own.

pip would take the markers of the machine it runs on, which is not the one that the image is for.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pip._vendor.packaging.markers import Marker

COMPILED = {"opencv-python-headless"}
"""Which every image has compiled."""

REQUIREMENT = re.compile(
    r"^(?P<name>\S+)==(?P<version>\S+)(?: ; (?P<marker>.*?))? \\\n(?P<hashes>(?:    --hash=.*\n)+)", re.MULTILINE
)


def requirements(lock: str, machine: str) -> Iterator[re.Match[str]]:
    """Yield those that hold on this Python and that machine."""
    for found in REQUIREMENT.finditer(Path(lock).read_text(encoding="utf-8")):
        if not found["marker"] or Marker(found["marker"]).evaluate({"platform_machine": machine}):
            yield found


machine, debians, lock, *below = sys.argv[1:]
installed = {found["name"]: found["version"] for path in below for found in requirements(path, machine)}
for name in debians.split():
    installed.pop(name, None)
left_out = COMPILED | installed.keys() | (set() if below else set(debians.split()))
for requirement in requirements(lock, machine):
    name, version = requirement["name"], requirement["version"]
    if installed.get(name, version) != version:
        sys.exit(f"wanted.py: {lock} has {name} {version}, the layer below {installed[name]}: make lock")
    if name not in left_out:
        # Without the marker, which pip would judge anew.
        print(f"{name}=={version} \\\n{requirement['hashes']}", end="")
