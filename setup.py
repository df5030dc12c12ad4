"""Adds to the package what a clone has beside it: a copy of these files, which `bench up` works with outside of one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from bench.source import BESIDE, home_registry, image_source  # noqa: E402  (the path comes first)

SHIPPED = ("compose.yaml", ".env", "images/bin/*", "images/*/requirements.lock")


class WithClone(build_py):
    """Copies them into the package that is built."""

    def run(self) -> None:
        """Copy the modules, then those files, and write down what only a clone can tell."""
        super().run()
        folder = Path(self.build_lib) / "bench" / BESIDE
        for path in (path for pattern in SHIPPED for path in ROOT.glob(pattern)):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        (folder / "source").write_text(image_source(), encoding="utf-8")
        (folder / "registry").write_text(home_registry(), encoding="utf-8")


setup(cmdclass={"build_py": WithClone})
