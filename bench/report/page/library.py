"""Plotly's JavaScript as the page carries it: packed, and quicker to read, for it is most of what a page takes."""

from __future__ import annotations

import base64
import gzip
import re
from functools import cache
from importlib.resources import files

_REGISTERED = re.compile(r"(\.register\(\[[\w$]+\(\))(?:,[\w$]+\(\))+\]\)")
"""The bundle's last step, which sets up every kind of trace: bars first; lines and markers are there before."""

_BUNDLE = re.compile(r"(?<=this, )\(\) => \{.*\n\}(?=\)\);\s*$)", re.DOTALL)
"""The function that is the whole bundle: a browser reads one in parentheses once, any other twice."""


@cache
def plotly_javascript() -> str:
    """Return what draws lines, markers and bars alone: to set up maps, 3-D and the rest takes half a second."""
    whole = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return _BUNDLE.sub(r"(\g<0>)", _REGISTERED.sub(r"\1])", whole))


@cache
def packed() -> str:
    """Return it as gzip in base64, which a browser unpacks by itself."""
    return base64.b64encode(gzip.compress(plotly_javascript().encode(), mtime=0)).decode()
