"""A digest within each JSON file of what stands before it, so that a file that was damaged or edited is noticed.

With the standard library alone: the sampler seals its record too.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

KEY = "seal"
"""The last key of a sealed object; a file without one (of a former program) can't be checked."""

_DIGITS = 100
"""More than any number of a file may have; the schemas know each one's range."""

_SEAL = re.compile(rb',\n "seal": "([0-9a-f]{64})"\n}\n')


def sealed(text: bytes) -> bytes:
    r"""Return the JSON text of an object, indented by one, with its seal.

    >>> sealed(b'{\n "a": 1\n}').decode().splitlines()[:2]
    ['{', ' "a": 1,']
    """
    body = text.rstrip().removesuffix(b"}").rstrip()
    return body + f',\n "{KEY}": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode()


def parsed(text: bytes | str) -> Any:
    """Return what a JSON text holds; raises ValueError if it is none, or nested or its numbers longer than any of ours.

    >>> parsed("[" * 100_000)
    Traceback (most recent call last):
    ValueError: it is nested too deep
    """
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def unsealed(text: bytes) -> Any:
    """Return what a JSON text holds, without its seal; raises ValueError if it is no JSON."""
    content = parsed(text)
    if isinstance(content, dict):
        content.pop(KEY, None)
    return content


def is_changed(text: bytes) -> bool:
    r"""Tell whether a sealed text is not what was written: damaged, edited, or written anew by another program.

    >>> text = sealed(b'{\n "watts": 4.8\n}')
    >>> is_changed(text), is_changed(text.replace(b"4.8", b"9.8")), is_changed(b'{"watts": 4.8}')
    (False, True, False)
    """
    if f'"{KEY}"'.encode() not in text:
        return False
    begin = text.rfind(b',\n "seal"')
    found = _SEAL.fullmatch(text, begin) if begin >= 0 else None
    return found is None or hashlib.sha256(text[:begin]).hexdigest().encode() != found[1]
