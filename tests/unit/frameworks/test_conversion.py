"""What frameworks make of prepared models: once, whole, and again if it is damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.frameworks import conversion
from bench.prepare.models.prepared import PreparedModel


class Converter:
    """An adapter whose conversion is a copy."""

    version = "1"

    def __init__(self) -> None:
        self.conversions = 0

    def converted(self, model: PreparedModel) -> Path:
        return model.cache / f"fake-{self.version}"

    def convert(self, model: PreparedModel, folder: Path) -> None:
        self.conversions += 1
        (folder / "net").mkdir()
        (folder / "net" / "weights").write_text(model.name)


@pytest.fixture
def model(tmp_path: Path) -> Any:
    folder = tmp_path / "prepared" / "nin"
    return SimpleNamespace(name="nin", folder=folder, cache=tmp_path / "cache" / "nin")


@pytest.fixture
def converter(monkeypatch: pytest.MonkeyPatch, model: Any) -> Converter:
    """The converting process, made part of this one."""
    fake = Converter()

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        assert not check
        monkeypatch.setattr(sys, "argv", command[2:])
        conversion.main()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(conversion, "adapter", lambda _: fake)
    monkeypatch.setattr(conversion, "PreparedModel", lambda _: model)
    monkeypatch.setattr(subprocess, "run", run)
    return fake


def test_a_model_is_converted_once(converter: Converter, model: Any) -> None:
    for _ in range(2):
        conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    assert converter.conversions == 1
    assert (model.cache / "fake-1" / "net" / "weights").read_text() == "nin"


def test_a_damaged_conversion_is_made_anew(converter: Converter, model: Any) -> None:
    conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    (model.cache / "fake-1" / "net" / "weights").write_text("n")
    conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    assert converter.conversions == 2
    assert (model.cache / "fake-1" / "net" / "weights").read_text() == "nin"


def test_another_version_takes_the_place_of_the_former(converter: Converter, model: Any) -> None:
    conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    converter.version = "2"
    conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    assert [path.name for path in model.cache.iterdir()] == ["fake-2"]


def test_a_mended_converter_converts_anew_and_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in (*conversion.CONVERTERS, "report"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "module.py").write_text("right = 1")
    monkeypatch.setattr(conversion, "PACKAGE", tmp_path)
    model: Any = SimpleNamespace(cache=tmp_path / "cache", digest="abc")

    def named() -> str:
        conversion._converters.cache_clear()
        return conversion.cache_folder(model, "fake", "1.2").name

    names = [named()]
    assert names[0].startswith("fake-1.2-") and names[0].endswith("-abc")
    for folder in conversion.CONVERTERS:
        (tmp_path / folder / "module.py").write_text("right = 2")
        names.append(named())
    assert len(set(names)) == len(names)
    (tmp_path / "report" / "module.py").write_text("right = 2")
    assert named() == names[-1]
    conversion._converters.cache_clear()


def test_a_failed_conversion_leaves_nothing(converter: Converter, model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_model: PreparedModel, folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("no space left")

    monkeypatch.setattr(converter, "convert", fail)
    with pytest.raises(OSError, match="no space left"):
        conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    assert list(model.cache.iterdir()) == []


def test_a_converter_that_fails_or_dies_is_the_cell_s_failure(
    converter: Converter, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    died: list[tuple[int, int]] = []
    monkeypatch.setattr(conversion.os, "kill", lambda *call: died.append(call))
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 3))
    with pytest.raises(RuntimeError, match="could not convert nin"):
        conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, -9))
    conversion.ensure_converted("fake", converter, model)  # type: ignore[arg-type]
    assert died == [(conversion.os.getpid(), 9)]


def test_a_framework_that_loads_the_prepared_files_needs_no_conversion(model: Any) -> None:
    conversion.ensure_converted("opencv", SimpleNamespace(), model)  # type: ignore[arg-type]
    assert not model.cache.exists()
