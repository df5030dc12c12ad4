from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.catalog import frameworks
from bench.measure.job import Job
from bench.measure.loading import described, lacking, loaded
from bench.measure.profiles import find_profile
from bench.records.schema import Precision


class Halving:
    """A framework that can compute in float16, on a processor that has it or not."""

    def __init__(self, half: bool) -> None:
        self.half = half

    def has_half(self) -> bool:
        return self.half

    def load(self, *_: object) -> str:
        return "in float32"

    def load_half(self, *_: object) -> str:
        return "in float16"

    def build_info(self) -> dict[str, Any]:
        return {"threads": None, "half": self.half, "computed_in": {"int8": 1}}


def job(precision: Precision) -> Job:
    plain = find_profile("smoke")
    return Job(
        framework="ncnn",
        model=Path(),
        precision=precision,
        images=Path(),
        threads=1,
        profile=plain,
        seed=1,
        predictions=None,
    )


def test_float16_is_for_its_own_rows_alone() -> None:
    framework: Any = Halving(True)
    assert loaded(framework, None, job("fp16")) == "in float16"  # type: ignore[arg-type]
    for precision in ("fp32", "int8"):
        assert loaded(framework, None, job(precision)) == "in float32"  # type: ignore[arg-type]


def test_a_framework_or_a_processor_without_float16_is_unavailable_in_it() -> None:
    able, unable = Halving(True), Halving(False)
    entry = frameworks()["ncnn"]
    assert lacking(able, entry, "fp16") is None  # type: ignore[arg-type]
    why = "ncnn finds no arithmetic of float16 in this processor, as Cortex-A76 has (asimdhp)"
    assert lacking(unable, entry, "fp16") == why  # type: ignore[arg-type]
    caffe = lacking(object(), frameworks()["caffe"], "fp16")  # type: ignore[arg-type]
    assert caffe == "Caffe has no layers of float16"
    assert lacking(unable, entry, "fp32") is None  # type: ignore[arg-type]
    assert lacking(unable, entry, "int8") == entry.no_int8  # type: ignore[arg-type]


def test_a_row_computed_in_other_numbers_than_it_says_fails() -> None:
    half, whole = Halving(True), Halving(False)
    described(half, object(), job("fp16"))  # type: ignore[arg-type]
    described(whole, object(), job("fp32"))  # type: ignore[arg-type]
    for framework, precision in ((half, "fp32"), (whole, "fp16"), (half, "int8")):
        with pytest.raises(RuntimeError, match=f"ncnn does not compute in {precision}"):
            described(framework, object(), job(precision))  # type: ignore[arg-type]
