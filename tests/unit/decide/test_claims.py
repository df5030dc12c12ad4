from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.catalog import frameworks, models
from bench.catalog.paper import Claim, Paper, Test, paper
from bench.decide.claims import Judgement, judge
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row
from tests.made.rows import made_rows

NAMES = [claim.name for claim in paper().claims]
Changes = dict[str, dict[str, object]]


def judged(rows: list[Row], emulated: bool = False) -> dict[str, Judgement]:
    return {judgement.name: judgement for judgement in judge(paper(), rows, emulated)}


def verdicts(rows: list[Row]) -> dict[str, str]:
    return {name: judgement.verdict for name, judgement in judged(rows).items()}


def everywhere(framework: str, **fields: object) -> Changes:
    return {f"{framework}_{model[:3]}": fields for model in paper().models}


def test_the_findings_name_what_is_in_the_catalog() -> None:
    assert set(paper().frameworks) <= set(frameworks())
    assert set(paper().models) <= set(models())
    for claim in paper().claims:
        for test in claim.tests:
            known = {*models(), *frameworks()}
            assert {*test.frameworks, *test.models, *filter(None, (test.model, test.than))} <= known
            assert test.quantity in QUANTITIES


def test_every_claim_is_confirmed_where_it_is_true() -> None:
    assert verdicts(made_rows()) == dict.fromkeys(NAMES, "confirmed")


FALSE: dict[str, Changes] = {
    "squeezenet-is-fastest": {"caffe_mob": {"throughput_fps": 6.0, "fom_top1": 0.35}},
    "squeezenet-has-the-best-merit": {"tensorflow_nin": {"fom_top1": 1.6}},
    "googlenet-has-the-worst-merit": {"opencv_goo": {"fom_top1": 0.9}},
    "mobilenet-trades-merit-for-accuracy": {"caffe_mob": {"top1": 0.5, "fom_top1": 0.3}},
    "opencv-and-tensorflow-are-fastest": {
        "tensorflow_nin": {"throughput_fps": 2.05, "fom_top1": 0.6},
        "tensorflow_goo": {"throughput_fps": 1.05, "fom_top1": 0.4},
    },
    "caffe-and-caffe2-are-similar": {
        "caffe2_nin": {"throughput_fps": 1.5, "fom_top1": 0.3},
        "caffe2_goo": {"throughput_fps": 1.3, "fom_top1": 0.18},
    },
    "opencv-is-steadiest": {
        "opencv_nin": {"power_w_max": 5.0},
        "opencv_goo": {"power_w_max": 5.0},
    },
    "caffe2-draws-less-than-caffe": {"caffe2_goo": {"power_w_mean": 5.1, "fom_top1": 0.18}},
    "caffe2-doubles-caffe-on-mobilenet": {"caffe2_mob": {"fom_top1": 0.45}},
    "opencv-with-squeezenet-is-best": {"caffe_squ": {"fom_top1": 2.4}},
}


def test_every_claim_has_its_counter_example() -> None:
    assert sorted(FALSE) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_made_false_is_refuted_and_no_other(name: str) -> None:
    expected = dict.fromkeys(NAMES, "confirmed") | {name: "refuted"}
    assert verdicts(made_rows(**FALSE[name])) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_is_not_told_when_its_cells_are_missing(name: str) -> None:
    assert judged([])[name].verdict == "can't tell"


def test_one_missing_cell_leaves_untold_what_needs_it() -> None:
    rows = [row for row in made_rows() if (row.framework, row.model) != ("caffe2", "nin")]
    untold = {name for name, verdict in verdicts(rows).items() if verdict == "can't tell"}
    assert untold == {
        "squeezenet-is-fastest",
        "squeezenet-has-the-best-merit",
        "googlenet-has-the-worst-merit",
        "caffe2-draws-less-than-caffe",
        "opencv-with-squeezenet-is-best",
        "caffe-and-caffe2-are-similar",  # as they are not on MobileNet, and two of four are not most
    }


def test_a_missing_cell_does_not_save_a_claim_that_another_refutes() -> None:
    rows = made_rows(**FALSE["squeezenet-is-fastest"])
    rows = [row for row in rows if (row.framework, row.model) != ("opencv", "nin")]
    assert verdicts(rows)["squeezenet-is-fastest"] == "refuted"


def test_one_half_refutes_a_claim_of_two_though_the_other_can_not_be_told() -> None:
    unpowered: dict[str, object] = {"power_w_mean": None, "boundary": None, "top1": 0.5}
    found = judged(made_rows(opencv_mob=unpowered))["mobilenet-trades-merit-for-accuracy"]
    assert [part.holds for part in found.parts] == [False, True, True, True, None, True, True, True]
    assert found.verdict == "refuted"


@pytest.mark.parametrize("status", ["failed", "throttled", "oom", "timeout", "unavailable"])
def test_a_cell_that_is_not_ok_decides_nothing(status: str) -> None:
    rows = made_rows(opencv_nin={"status": status, "throughput_fps": 99.0, "fom_top1": 9.0, "error": "it is so"})
    judgement = judged(rows)["squeezenet-is-fastest"]
    assert judgement.verdict == "can't tell"
    assert judgement.parts[0].numbers.endswith(f"Network in Network: {status}")


def test_simulated_power_decides_nothing_and_speed_does() -> None:
    changes = {
        f"{framework}_{model[:3]}": {"boundary": "simulated", "meter": "simulated"}
        for framework in paper().frameworks
        for model in paper().models
    }
    found = judged(made_rows(**changes))
    told = {name for name, judgement in found.items() if judgement.verdict == "confirmed"}
    assert told == {"squeezenet-is-fastest", "opencv-and-tensorflow-are-fastest", "caffe-and-caffe2-are-similar"}
    assert "Caffe2, Caffe: power is simulated" in found["caffe2-draws-less-than-caffe"].parts[0].numbers


def test_power_seen_at_different_boundaries_does_not_compare() -> None:
    part = judged(made_rows(**everywhere("caffe", boundary="wall")))["caffe2-draws-less-than-caffe"].parts[0]
    assert part.holds is None
    assert "different boundaries" in part.numbers


def test_synthetic_weights_decide_no_accuracy() -> None:
    synthetic = {"weights": "synthetic", "top1": None, "top1_source": None, "images_classified": None}
    found = judged(made_rows(opencv_mob=synthetic, opencv_squ=synthetic))
    assert found["squeezenet-is-fastest"].verdict == "confirmed"
    judgement = found["mobilenet-trades-merit-for-accuracy"]
    assert judgement.verdict == "can't tell"
    assert "synthetic weights" in judgement.parts[0].numbers


def test_published_accuracy_does_not_compare_with_measured() -> None:
    published = {"top1_source": "published", "images_classified": None}
    found = judged(made_rows(opencv_mob=published))["mobilenet-trades-merit-for-accuracy"]
    assert found.verdict == "can't tell"


def test_a_hundred_images_do_not_tell_70_from_58_percent() -> None:
    hundred = {"images_classified": 100}
    found = judged(made_rows(opencv_mob=hundred, opencv_squ=hundred))["mobilenet-trades-merit-for-accuracy"]
    assert found.verdict == "can't tell"
    assert found.parts[0].numbers.endswith("their intervals leave it open")


def test_an_emulated_board_decides_accuracy_only() -> None:
    found = judged(made_rows(), emulated=True)
    assert {judgement.verdict for judgement in found.values()} == {"can't tell"}
    mobilenet = found["mobilenet-trades-merit-for-accuracy"]
    assert [part.holds for part in mobilenet.parts] == [True] * 4 + [None] * 4


@pytest.mark.parametrize(("sd_log", "verdict"), [(0.02, "confirmed"), (0.3, "can't tell")])
def test_intervals_that_meet_tell_nothing(sd_log: float, verdict: str) -> None:
    changes: Changes = {f"opencv_{model}": {"throughput_sd_log": sd_log} for model in ("squ", "mob")}
    assert verdicts(made_rows(**changes))["squeezenet-is-fastest"] == verdict


def test_four_watts_are_not_told_from_four_watts_and_a_hundredth() -> None:
    rows = made_rows(**everywhere("caffe2", power_w_mean=4.0), **everywhere("caffe", power_w_mean=4.01))
    assert verdicts(rows)["caffe2-draws-less-than-caffe"] == "can't tell"


def test_what_was_measured_once_decides_nothing() -> None:
    once = [row.model_copy(update={"repetitions": 1}) for row in made_rows()]
    found = judged(once)["squeezenet-is-fastest"]
    assert found.verdict == "can't tell"
    assert found.parts[0].numbers.endswith("measured once")


def test_a_meter_s_uncertainty_cancels_within_a_run_and_counts_between_two() -> None:
    for run, verdict in (("made", "confirmed"), ("another", "can't tell")):
        changes = everywhere("caffe", power_uncertainty=0.15, run_id=run) | everywhere("caffe2", power_uncertainty=0.15)
        assert verdicts(made_rows(**changes))["caffe2-draws-less-than-caffe"] == verdict


def test_a_drift_between_frameworks_that_ran_in_turn_widens_what_they_differ_by() -> None:
    for drift, verdict in ((0.01, "confirmed"), (0.7, "can't tell")):
        rows = [row.model_copy(update={"drift": drift}) for row in made_rows()]
        assert verdicts(rows)["opencv-and-tensorflow-are-fastest"] == verdict
        assert verdicts(rows)["mobilenet-trades-merit-for-accuracy"] == "confirmed"  # within one framework each


def test_rivals_that_are_equal_are_named_together() -> None:
    alike = everywhere("opencv", power_w_mean=4.0) | {"caffe2_nin": {"throughput_fps": 5.0}}
    test = Test(rule="higher", quantity="throughput", frameworks=("opencv",), models=("nin",))
    claim = Claim(name="x", statement="OpenCV is fastest", where="nowhere", tests=[test])
    own = Paper(title="t", frameworks=paper().frameworks, models=paper().models, claims=[claim])
    (part,) = judge(own, made_rows(**alike), False)[0].parts
    assert part.numbers == "throughput: OpenCV 6.00 img/s; TensorFlow and Caffe2, the same 5.00 img/s"


def test_the_numbers_and_the_ratio_are_shown() -> None:
    (part,) = judged(made_rows())["caffe2-doubles-caffe-on-mobilenet"].parts
    assert (part.place, part.holds) == ("MobileNet v1 1.0 224", True)
    assert part.numbers == "figure of merit: Caffe2 0.700 img/J; Caffe 0.350 img/J; ratio 2.00"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rule": "higher", "quantity": "merit"}, "a test has a subject"),
        ({"rule": "ratio_between", "quantity": "merit", "model": "nin", "low": 1.0}, "needs than, low and high"),
    ],
)
def test_a_test_that_is_not_whole_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Test.model_validate(fields)


def most(count: int) -> Callable[[], list[Row]]:
    return lambda: made_rows(**{f"opencv_{model[:3]}": {"throughput_fps": 0.5} for model in paper().models[:count]})


@pytest.mark.parametrize(("count", "verdict"), [(0, "confirmed"), (1, "confirmed"), (2, "refuted"), (4, "refuted")])
def test_most_means_more_than_half(count: int, verdict: str) -> None:
    claim = Claim(
        name="x",
        statement="OpenCV is fastest in most models",
        where="nowhere",
        tests=[Test(rule="higher", quantity="throughput", frameworks=("opencv",), share="most")],
    )
    own = Paper(title="t", frameworks=paper().frameworks, models=paper().models, claims=[claim])
    assert judge(own, most(count)(), False)[0].verdict == verdict
