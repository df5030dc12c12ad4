from __future__ import annotations

from dataclasses import replace

import pytest

from bench.catalog import frameworks, models
from bench.catalog.settings import PlanSettings
from bench.catalog.suites import find_suite
from bench.errors import UserError
from bench.measure.plan import intend
from bench.measure.profiles import find_profile
from bench.records.schema import OwnModel
from tests.made.records import PLAN

OWN = OwnModel(
    name="mine",
    file="mine.onnx",
    sha256="aa",
    height=224,
    width=224,
    order="RGB",
    mean=(0, 0, 0),
    scale=1,
    classes=1000,
)
FORMER = PLAN.model_copy(update={"frameworks": ["caffe"], "threads": 3})


def test_what_is_not_said_is_the_paper_s() -> None:
    plan, paper = intend(PlanSettings()), find_suite("paper")
    assert plan.profile == find_profile("paper")
    assert plan.models == [model.name for model in paper.models()]
    assert plan.frameworks == [framework.name for framework in paper.frameworks()]


def test_a_suite_is_measured_whole_or_narrowed() -> None:
    everything = intend(PlanSettings(suite="all"))
    assert (everything.models, everything.frameworks) == (list(models()), list(frameworks()))
    assert intend(PlanSettings(suite="all", models=["nin"])).models == ["nin"]
    assert intend(PlanSettings(suite="all"), FORMER).frameworks == everything.frameworks


def test_names_may_be_prefixes_joined_by_commas_in_any_order() -> None:
    plan = intend(PlanSettings(frameworks=["tensor,opencv"], models=["squeeze", "nin"], threads=1))
    assert plan.frameworks == ["opencv", "tensorflow"]
    assert plan.models == ["nin", "squeezenet_v1.1"]
    assert plan.threads == 1


def test_a_run_that_goes_on_says_what_the_settings_leave_open() -> None:
    plan = intend(PlanSettings(), FORMER)
    assert (plan.profile, plan.models, plan.threads) == (FORMER.profile, FORMER.models, 3)
    assert plan.frameworks == ["caffe"]
    assert intend(PlanSettings(accuracy_images=7), FORMER).profile == FORMER.profile.model_copy(
        update={"accuracy_images": 7}
    )
    assert intend(PlanSettings(profile="quick", threads=1), FORMER).profile == find_profile("quick")


def test_a_run_without_accuracy_goes_on_without_it() -> None:
    assert intend(PlanSettings()).accuracy
    former = FORMER.model_copy(update={"accuracy": False})
    assert not intend(PlanSettings(no_accuracy=True)).accuracy
    assert not intend(PlanSettings(), former).accuracy
    assert not intend(PlanSettings(no_accuracy=True), FORMER).accuracy


def test_a_model_of_one_s_own_is_measured_beside_the_suite_s_or_alone() -> None:
    paper = intend(PlanSettings()).models
    plan = intend(PlanSettings(), given=[OWN])
    assert (plan.models, plan.own) == ([*paper, "mine"], [OWN])
    assert intend(PlanSettings(suite="today"), given=[OWN]).models[-1] == "mine"
    assert intend(PlanSettings(models=["mine"]), given=[OWN]).models == ["mine"]
    assert intend(PlanSettings(models=["mine,nin"]), prepared=[OWN]).models == ["nin", "mine"]


def test_one_that_is_only_prepared_is_measured_where_it_is_named() -> None:
    plan = intend(PlanSettings(), prepared=[OWN])
    assert (plan.models, plan.own) == (intend(PlanSettings()).models, [])


def test_a_step_of_a_run_finds_its_own_model_whatever_suite_it_is_told() -> None:
    former = FORMER.model_copy(update={"models": ["nin", "mine"], "own": [OWN]})
    assert intend(PlanSettings(), former).models == ["nin", "mine"]
    assert intend(PlanSettings(suite="today"), former, [OWN]).models[-1] == "mine"
    assert intend(PlanSettings(models=["nin"]), former).own == []


def test_a_file_that_the_models_leave_out_is_refused() -> None:
    with pytest.raises(UserError, match="--onnx gives mine, which --models leaves out; name it there too"):
        intend(PlanSettings(models=["nin"]), given=[OWN])
    with pytest.raises(UserError, match="TF-Slim's own files are measured alone; leave --onnx or --source out"):
        intend(PlanSettings(source="tf-slim"), given=[OWN])


def test_precisions_are_float32_unless_others_are_asked_for() -> None:
    assert intend(PlanSettings()).precisions == ["fp32"]
    assert intend(PlanSettings(precision=["int8,fp32"])).precisions == ["fp32", "int8"]
    assert intend(PlanSettings(precision=["int8"])).precisions == ["int8"]
    both = FORMER.model_copy(update={"precisions": ["fp32", "int8"]})
    assert intend(PlanSettings(), both).precisions == ["fp32", "int8"]


def test_a_framework_s_own_weights_are_for_that_framework_alone() -> None:
    settings = PlanSettings(source="tf-slim")
    assert intend(settings).frameworks == ["tensorflow"]
    assert set(intend(settings).models) == {"googlenet", "mobilenet_v1_1.0_224"}
    with pytest.raises(UserError, match="source 'tf-slim' is for tensorflow; opencv measures without --source"):
        intend(replace(settings, frameworks=["opencv", "tensorflow"]))


def test_quantised_files_are_measured_in_int8_and_all_of_them_unless_some_are_named() -> None:
    settings = PlanSettings(source="tf-quant")
    plan = intend(settings)
    assert (plan.frameworks, plan.precisions) == (["litert"], ["int8"])
    assert plan.models == ["mobilenet_v1_1.0_224_tf", "mobilenet_v2_1.0_224"]
    assert intend(replace(settings, precision=["int8"], models=["mobilenet_v2"])).models == ["mobilenet_v2_1.0_224"]
    with pytest.raises(UserError, match="TensorFlow Lite model zoo's own files are measured as they are; leave --prec"):
        intend(replace(settings, precision=["fp32", "int8"]))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (PlanSettings(precision=["int4"]), "there is no precision 'int4'; there are fp32, fp16, int8"),
        (PlanSettings(precision=["int8"], source="tf-slim"), "TF-Slim's own files are measured as they are"),
        (PlanSettings(suite="tomorrow"), "there is no suite 'tomorrow'"),
        (PlanSettings(profile="slow"), "there is no profile 'slow'"),
        (PlanSettings(frameworks=["tenserflow"]), "there is no framework 'tenserflow'"),
        (PlanSettings(frameworks=["caf"]), "framework 'caf' fits caffe and caffe2"),
        (PlanSettings(models=["vgg"]), "there is no model 'vgg'"),
        (PlanSettings(source="zoo"), "there is no source 'zoo'"),
        (PlanSettings(source="tf-slim", models=["nin"]), "TF-Slim has no nin"),
    ],
)
def test_an_unknown_name_is_refused(settings: PlanSettings, words: str) -> None:
    with pytest.raises(UserError, match=words):
        intend(settings)
