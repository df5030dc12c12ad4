"""What every adapter keeps to, read from its source: most frameworks are not installed where this runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench.frameworks
from bench.catalog import Framework, frameworks

FOLDER = Path(bench.frameworks.__file__).parent


def source(framework: str) -> str:
    """Return the text of an adapter, which is a module or a package."""
    modules = [FOLDER / f"{framework}.py", *sorted((FOLDER / framework).glob("*.py"))]
    return "".join(module.read_text(encoding="utf-8") for module in modules if module.exists())


@pytest.mark.parametrize("framework", frameworks().values(), ids=lambda framework: framework.name)
def test_a_framework_offers_float16_or_the_catalog_says_why_not(framework: Framework) -> None:
    offers = [f"def {name}(" in source(framework.name) for name in ("has_half", "load_half")]
    assert offers == [framework.no_fp16 is None] * 2
    why = framework.why_not("fp16")
    assert why is None or why.startswith(framework.title)


@pytest.mark.parametrize("framework", list(frameworks()))
def test_what_is_converted_is_kept_under_a_name_that_knows_its_converter(framework: str) -> None:
    text = source(framework)
    assert ("def convert(" in text) == (f'cache_folder(model, "{framework}"' in text)
    assert "model.cache" not in text
