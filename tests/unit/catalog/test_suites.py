"""Suites: the paper's is the default, a name given narrows it, and everything is in `all`."""

from __future__ import annotations

import pytest

from bench.catalog import frameworks, models
from bench.catalog.suites import find_suite, suites
from bench.errors import UserError


def test_the_paper_s_four_frameworks_and_four_models_are_the_default() -> None:
    suite = find_suite()
    assert [found.name for found in suite.frameworks()] == ["opencv", "tensorflow", "caffe", "caffe2"]
    assert [found.name for found in suite.models()] == ["nin", "googlenet", "squeezenet_v1.1", "mobilenet_v1_1.0_224"]


def test_all_is_whatever_the_catalog_has() -> None:
    suite = find_suite("all")
    assert [found.name for found in suite.frameworks()] == list(frameworks())
    assert [found.name for found in suite.models()] == list(models())


def test_names_given_are_taken_whatever_the_suite_has() -> None:
    suite = find_suite("today")
    assert [found.name for found in suite.frameworks(["caffe2", "opencv"])] == ["opencv", "caffe2"]
    assert [found.name for found in suite.models(["goog,nin"])] == ["nin", "googlenet"]


def test_an_unknown_suite_is_named_with_those_there_are() -> None:
    with pytest.raises(UserError, match="there is no suite 'tomorrow'; there are paper, today, all"):
        find_suite("tomorrow")


def test_what_an_entry_belongs_to_is_a_suite() -> None:
    named = {name for entry in (*frameworks().values(), *models().values()) for name in entry.suites}
    assert named <= set(suites()) - {"all"}


def test_no_framework_has_a_suite_s_name() -> None:
    assert not set(frameworks()) & set(suites()), "both are profiles of Compose"
