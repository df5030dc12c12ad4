from __future__ import annotations

import io
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bench.catalog.paper import paper
from bench.decide.goal import Goal
from bench.decide.quantities import QUANTITIES
from bench.decide.recommend import Limit, Recommendation, recommend
from bench.decide.wishes import goal_of, limits_of
from bench.errors import UserError
from bench.records.columns import Row
from bench.report.terminal.verdicts import recommendation_table
from tests.made.rows import made_row, made_rows

MERIT = Goal(((QUANTITIES["merit"], 1.0),))
THROUGHPUT = Goal(((QUANTITIES["throughput"], 1.0),))


def limits(**bounds: float) -> list[Limit]:
    return [Limit(QUANTITIES[name], bound) for name, bound in bounds.items()]


def cells(found: Recommendation) -> list[list[tuple[str, str]]]:
    return [[(choice.framework, choice.model) for choice in ranking.choices] for ranking in found.rankings]


def test_the_best_figure_of_merit_comes_first() -> None:
    (ranking,) = recommend(made_rows(), [], MERIT).rankings
    assert len(ranking.choices) == 16
    first = ranking.choices[0]
    assert (first.framework, first.model) == ("opencv", "squeezenet_v1.1")
    assert first.score == pytest.approx(0.58 * 16 / 4)
    assert first.reasons == [
        "figure of merit 2.32 img/J",
        "throughput 16.00 img/s",
        "power 4.00 W",
        "top-1 accuracy 58.00 %",
    ]


def test_limits_leave_out_what_misses_them_and_say_so() -> None:
    found = recommend(made_rows(), limits(throughput=5, power=4.2, top1=0.6), MERIT)
    assert cells(found) == [[("opencv", "mobilenet_v1_1.0_224")]]
    out = {(cell.framework, cell.model): cell.reasons for cell in found.excluded}
    assert len(out) == 15
    assert out["caffe", "nin"] == [
        "throughput 2.00 img/s, at least 5.00 img/s asked for",
        "power 5.00 W, at most 4.20 W asked for",
        "top-1 accuracy 55.00 %, at least 60.00 % asked for",
    ]
    assert found.nearest == []


def test_where_nothing_fits_the_nearest_miss_is_named() -> None:
    found = recommend(made_rows(), limits(throughput=20, power=4.2), MERIT)
    assert found.rankings == []
    (nearest,) = found.nearest
    assert (nearest.framework, nearest.model) == ("opencv", "squeezenet_v1.1")
    assert nearest.miss == pytest.approx(4 / 20)
    assert nearest.reasons == ["throughput 16.00 img/s, at least 20.00 img/s asked for"]


@pytest.mark.parametrize("status", ["throttled", "failed", "oom", "unavailable"])
def test_what_is_not_ok_is_never_ranked(status: str) -> None:
    found = recommend(made_rows(opencv_squ={"status": status, "error": "it is so"}), [], THROUGHPUT)
    assert ("opencv", "squeezenet_v1.1") not in cells(found)[0]
    (out,) = found.excluded
    assert (out.reasons, out.miss) == ([f"{status}: it is so"], None)


def test_what_was_not_measured_is_out_and_no_near_miss() -> None:
    found = recommend([made_row("opencv", "nin", power_w_mean=None)], limits(power=1), THROUGHPUT)
    assert (found.rankings, found.nearest) == ([], [])
    assert found.excluded[0].reasons == ["power was not measured"]


def test_simulated_power_is_ranked_apart_and_last_and_labelled() -> None:
    found = recommend(made_rows(opencv_squ={"boundary": "simulated"}), [], MERIT)
    assert [ranking.boundary for ranking in found.rankings] == ["usb-input", "simulated"]
    assert cells(found)[1] == [("opencv", "squeezenet_v1.1")]
    assert found.rankings[1].choices[0].reasons[0] == "figure of merit 2.32 img/J (simulated power)"
    assert len(cells(found)[0]) == 15


def test_simulated_power_is_ranked_last_though_its_rows_come_first() -> None:
    rows = [
        made_row("opencv", "nin", boundary="simulated"),
        made_row("caffe", "nin", boundary="wall"),
        made_row("caffe2", "nin"),
    ]
    found = recommend(rows, [], MERIT)
    assert [ranking.boundary for ranking in found.rankings] == ["wall", "usb-input", "simulated"]


def test_a_measured_near_miss_comes_before_a_simulated_one_that_is_nearer() -> None:
    rows = [made_row("opencv", "nin", power_w_mean=6.0), made_row("caffe", "nin", boundary="simulated")]
    (nearest,) = recommend(rows, limits(power=4.5), MERIT).nearest
    assert (nearest.framework, nearest.miss) == ("opencv", pytest.approx(1.5 / 4.5))
    (nearest,) = recommend(rows[1:], limits(power=4.5), MERIT).nearest
    assert nearest.reasons == ["power 5.00 W (simulated power), at most 4.50 W asked for"]


def test_simulated_power_does_not_matter_where_power_does_not() -> None:
    found = recommend(made_rows(opencv_squ={"boundary": "simulated"}), limits(throughput=11), THROUGHPUT)
    assert cells(found) == [[("opencv", "squeezenet_v1.1"), ("tensorflow", "squeezenet_v1.1")]]


def test_nothing_is_ranked_that_an_emulated_board_measured() -> None:
    found = recommend(made_rows(), [], THROUGHPUT, emulated=True)
    assert (found.rankings, found.nearest, len(found.excluded)) == ([], [], 16)
    assert found.excluded[0].reasons == ["the board is emulated: its speed and power say nothing"]


def test_power_of_different_boundaries_is_ranked_apart() -> None:
    found = recommend(made_rows(opencv_squ={"boundary": "wall"}), [], MERIT)
    assert {ranking.boundary: len(ranking.choices) for ranking in found.rankings} == {"usb-input": 15, "wall": 1}


def test_what_can_not_be_told_apart_shares_a_rank() -> None:
    changes: dict[str, Any] = {"opencv_squ": {"throughput_sd_log": 0.3}, "tensorflow_squ": {"throughput_sd_log": 0.01}}
    (ranking,) = recommend(made_rows(**changes), [], THROUGHPUT).rankings
    assert [(choice.framework, choice.rank, choice.tied) for choice in ranking.choices[:3]] == [
        ("opencv", 1, True),
        ("tensorflow", 1, True),
        ("opencv", 2, False),
    ]


def test_equal_values_are_a_tie_in_either_order() -> None:
    rows = [made_row("opencv", "nin"), made_row("tensorflow", "nin", throughput_fps=6.0)]
    for order in (rows, rows[::-1]):
        (ranking,) = recommend(order, [], THROUGHPUT).rankings
        assert [(choice.rank, choice.tied) for choice in ranking.choices] == [(1, True), (1, True)]


def test_what_was_measured_once_is_ordered_and_never_ranked() -> None:
    once = [row.model_copy(update={"repetitions": 1}) for row in made_rows()]
    (ranking,) = recommend(once, [], THROUGHPUT).rankings
    assert {choice.rank for choice in ranking.choices} == {1}
    shown = io.StringIO()
    Console(width=120, file=shown).print(recommendation_table(recommend(once, [], THROUGHPUT), "title"))
    assert "= Not told apart" in shown.getvalue()


def test_several_goals_are_told_apart_by_all_their_scatter() -> None:
    goal = goal_of("throughput=2,power=1")
    rows = [made_row("opencv", "nin"), made_row("opencv", "nin", framework_version="2", throughput_fps=6.06)]
    (sure,) = recommend(rows, [], goal).rankings
    assert [choice.rank for choice in sure.choices] == [1, 2]
    noisy = [row.model_copy(update={"power_w_mean_sd_log": 0.05}) for row in rows]
    (open_,) = recommend(noisy, [], goal).rankings
    assert [choice.rank for choice in open_.choices] == [1, 1]


def test_with_several_goals_equal_scores_make_a_tie_and_others_do_not() -> None:
    speeds = {"opencv": 6.0, "tensorflow": 6.0, "caffe": 5.0, "caffe2": 4.0}
    rows = [made_row(name, "nin", throughput_fps=fps) for name, fps in speeds.items()]
    goal = Goal(((QUANTITIES["throughput"], 1.0), (QUANTITIES["memory"], 1.0)))
    (ranking,) = recommend(rows, [], goal).rankings
    assert [(choice.framework, choice.tied) for choice in ranking.choices] == [
        ("opencv", True),
        ("tensorflow", True),
        ("caffe", False),
        ("caffe2", False),
    ]


def test_published_accuracy_is_labelled() -> None:
    published = {"top1_source": "published", "images_classified": None}
    (ranking,) = recommend([made_row("opencv", "nin", **published)], [], MERIT).rankings
    assert ranking.choices[0].reasons[0] == "figure of merit 0.825 img/J (published accuracy)"


def test_the_figure_of_merit_is_its_parts_with_equal_weights() -> None:
    by_parts = recommend(made_rows(), [], goal_of("top1=1,throughput=1,power=1"))
    by_merit = recommend(made_rows(), [], goal_of("merit"))
    assert cells(by_parts) == cells(by_merit)
    for one, other in zip(by_parts.rankings[0].choices, by_merit.rankings[0].choices):
        assert one.score == pytest.approx(other.score)


STATUSES = st.sampled_from(["ok", "ok", "ok", "throttled", "failed"])
NUMBER = st.one_of(st.none(), st.integers(1, 6).map(float))
SHARE = NUMBER.map(lambda value: None if value is None else value / 8)
FIELDS = {
    "throughput": "throughput_fps",
    "power": "power_w_mean",
    "energy": "energy_j_per_image",
    "top1": "top1",
    "memory": "peak_rss_mib",
    "p95": "latency_ms_p95",
}
MORE = {"throughput", "top1"}


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    pairs = [(framework, model) for framework in paper().frameworks for model in paper().models]
    return [
        Row(
            run_id="r",
            board="b",
            framework=framework,
            model=model,
            status=draw(STATUSES),
            boundary=draw(st.sampled_from(["usb-input", "simulated"])),
            **{field: draw(SHARE if field == "top1" else NUMBER) for field in FIELDS.values()},
        )
        for framework, model in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8))
    ]


@given(
    rows(),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.integers(1, 6).map(float), max_size=4),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.integers(1, 3).map(float), min_size=1, max_size=3),
)
def test_it_is_what_trying_every_pair_of_cells_finds(
    rows: list[Row], bounds: dict[str, float], weights: dict[str, float]
) -> None:
    bounds = {name: bound / 8 if name == "top1" else bound for name, bound in bounds.items()}
    found = recommend(rows, limits(**bounds), Goal(tuple((QUANTITIES[name], weights[name]) for name in weights)))

    def value(row: Row, name: str) -> float | None:
        number = getattr(row, FIELDS[name])
        assert number is None or isinstance(number, float)
        return number

    def known(row: Row) -> bool:
        asked = {*bounds, *weights}
        return row.status == "ok" and row.throughput_fps is not None and all(value(row, name) for name in asked)

    def keeps(row: Row, name: str) -> bool:
        number = value(row, name) or 0.0
        return number >= bounds[name] if name in MORE else number <= bounds[name]

    def score(row: Row) -> float:
        product = 1.0
        for name, weight in weights.items():
            number = value(row, name) or 0.0
            product *= (number if name in MORE else 1 / number) ** weight
        return product

    fitting = [row for row in rows if known(row) and all(keeps(row, name) for name in bounds)]
    power = bool({"power", "energy"} & {*bounds, *weights})
    ranked = [(ranking, choice) for ranking in found.rankings for choice in ranking.choices]
    assert sorted((choice.framework, choice.model) for _, choice in ranked) == sorted(
        (row.framework, row.model) for row in fitting
    )
    by_cell = {(row.framework, row.model): row for row in rows}
    for ranking in found.rankings:
        chosen = [by_cell[choice.framework, choice.model] for choice in ranking.choices]
        if power:
            assert {row.boundary for row in chosen} == {ranking.boundary}
        for better, worse in zip(chosen, chosen[1:]):
            assert score(better) >= score(worse) * (1 - 1e-9)
        for row, choice in zip(chosen, ranking.choices):
            assert choice.score == pytest.approx(score(row))
    assert len(found.excluded) == len(rows) - len(fitting)

    def worst(row: Row) -> float:
        misses = [
            (bounds[name] - (value(row, name) or 0.0)) * (1 if name in MORE else -1) / bounds[name] for name in bounds
        ]
        return max([0.0, *misses])

    candidates = [row for row in rows if known(row)]
    real = [row for row in candidates if not (power and row.boundary == "simulated")]
    candidates = real or candidates
    nearest = {(row.framework, row.model) for row in candidates if worst(row) == min(map(worst, candidates))}
    assert {(cell.framework, cell.model) for cell in found.nearest} == (set() if fitting else nearest)


def test_a_model_that_the_catalog_does_not_know_keeps_its_name() -> None:
    row = made_row("opencv", "nin").model_copy(update={"model": "resnet"})
    shown = io.StringIO()
    Console(width=120, file=shown).print(recommendation_table(recommend([row], [], MERIT), "title"))
    assert "resnet" in shown.getvalue()


def test_limits_are_taken_in_the_user_s_units() -> None:
    found = limits_of(min_fps=5, max_watts=4, max_joules=None, min_top1="60%", max_memory=None, max_p95=250)
    assert [(limit.quantity.name, limit.bound) for limit in found] == [
        ("throughput", 5),
        ("power", 4),
        ("top1", 0.6),
        ("p95", 250),
    ]


@pytest.mark.parametrize("text", ["60", "1.5", "0", "-5%", "half", "nan", "%"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"--min-top1 takes a share like 60% or 0\.6"):
        limits_of(None, None, None, text, None, None)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_makes_no_sense_is_refused(bound: float) -> None:
    with pytest.raises(UserError, match="on power makes no sense"):
        limits_of(None, bound, None, "", None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("speed", "--goal knows no 'speed'; it knows merit, throughput, "),
        ("top1=much", "the weight 'much' of top1 is no number above zero"),
        ("top1=1,power=-1", "the weight '-1' of power"),
        ("top1=1e308,throughput=1e308", "the weight '1e308' of top1 is above 100; only their ratios count"),
        ("top1=1,throughput=1,top1=5", "--goal has top1 twice"),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        goal_of(text)


@pytest.mark.parametrize(
    ("changes", "weights"),
    [({"peak_rss_mib": 0.0}, {"memory": 1}), ({}, {"throughput": 100, "p95": 100, "merit": 100})],
)
def test_a_score_beyond_every_number_is_still_one(changes: dict[str, float], weights: dict[str, float]) -> None:
    row = made_row("opencv", "nin", throughput_fps=1e4, latency_ms_p95=0.1).model_copy(update=changes)
    found = recommend([row], [], Goal(tuple((QUANTITIES[name], weight) for name, weight in weights.items())))
    (choice,) = (choice for ranking in found.rankings for choice in ranking.choices)
    assert 1e300 < choice.score < math.inf
