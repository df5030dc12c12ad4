"""What frameworks and models are called; by their bare names where a results file has more than this catalog."""

from __future__ import annotations

from bench.catalog import frameworks, models


def framework_title(name: str) -> str:
    """Return a framework's title, or its name if the catalog does not know it."""
    return frameworks()[name].title if name in frameworks() else name


def model_title(name: str) -> str:
    """Return the title of a model in a precision (`Variant.name`), or its name if the catalog does not know it."""
    name, _, precision = name.partition("@")
    title = models()[name].title if name in models() else name
    return f"{title} {precision}" if precision else title
