"""What repeats the catalog's lists is what `make generate` makes of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.catalog import frameworks
from images.generate import ROOT, files_with_regions, rendered


@pytest.mark.parametrize("path", files_with_regions(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_committed_is_what_is_generated(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert rendered(text) == text, "run 'make generate'"


def test_every_template_is_used() -> None:
    used = {name for path in files_with_regions() for name in re.findall(r"\bgenerated: ([a-z-]+)", path.read_text())}
    assert used == {template.stem for template in (ROOT / "images" / "templates").iterdir()}


def test_a_framework_from_a_wheel_has_a_folder_with_its_lock() -> None:
    for framework in frameworks().values():
        if framework.recipe == "wheel":
            folder = ROOT / "images" / framework.name
            assert {"requirements.in", "requirements.lock"} <= {path.name for path in folder.iterdir()}


def test_the_dockerfile_has_a_stage_for_every_framework_that_is_no_wheel() -> None:
    stages = re.findall(r"^FROM .* AS (\S+)$", (ROOT / "images" / "Dockerfile").read_text(), re.MULTILINE)
    own = {name for name, framework in frameworks().items() if framework.recipe != "wheel"}
    assert own <= set(stages)
    assert not (set(frameworks()) - own) & set(stages)
