from __future__ import annotations

from bench.catalog import frameworks, models
from bench.catalog.memory import needs, peaks
from bench.catalog.suites import find_suite


def test_the_memory_of_the_paper_s_models_is_known_for_every_framework() -> None:
    paper = {model.name for model in find_suite("paper").models()}
    assert {(framework, model) for framework in frameworks() for model in paper} <= set(peaks())
    assert {framework for framework, _ in peaks()} == set(frameworks())
    assert {model for _, model in peaks()} == set(models())


def test_what_a_cell_needs_is_no_less_than_python_and_no_more_than_a_large_pi_has() -> None:
    assert 50 < min(peaks().values()) < max(peaks().values()) < 2000
    for framework in ("opencv", "ncnn", "tensorflow"):
        assert peaks()[framework, "squeezenet_v1.1"] < peaks()[framework, "resnet50"]


def test_cells_that_nobody_has_measured_need_nothing_that_is_known() -> None:
    assert needs(["opencv", "none"], ["nin", "none"]) == {("opencv", "nin"): peaks()["opencv", "nin"]}
