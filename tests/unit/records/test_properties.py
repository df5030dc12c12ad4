"""What holds for every number, not for chosen ones."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.power.samples.read import read_samples
from bench.records.proportions import share_ci95
from bench.records.samples import HEADER, sample_line
from bench.records.statistics import interval, sd_of_logs, throughput
from bench.runs.predictions import predictions_csv, read_predictions

POSITIVE = st.floats(1e-6, 1e6)
VALUES = st.lists(POSITIVE, min_size=2, max_size=10)
SCATTER = st.floats(0, 0.5)
COUNT = st.integers(2, 18)
NANOSECONDS = st.integers(1, 10**12)


@given(st.lists(st.tuples(NANOSECONDS, NANOSECONDS), min_size=1, max_size=20), st.integers(2, 5))
def test_throughput_does_not_depend_on_how_often_the_same_is_measured(times: list[tuple[int, int]], often: int) -> None:
    preprocess_ns, inference_ns = zip(*times)
    assert throughput(preprocess_ns * often, inference_ns * often) == pytest.approx(
        throughput(preprocess_ns, inference_ns)
    )


def test_two_values_are_enough_for_their_scatter_and_its_interval() -> None:
    assert sd_of_logs([1.0, math.e]) == pytest.approx(1 / math.sqrt(2))
    assert interval(1.0, [1.0, 1.1]) is not None


@pytest.mark.parametrize(
    ("value", "values"),
    [(1.0, []), (1.0, [1.0]), (1.0, [1.0, 0.0]), (0.0, [1.0, 1.1]), (-1.0, [1.0, 1.1])],
)
def test_where_scatter_is_unknown_or_a_value_has_no_logarithm_there_is_no_interval(
    value: float, values: list[float]
) -> None:
    assert interval(value, values) is None


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 0.0], [1.0, -2.0, 3.0]])
def test_where_a_logarithm_is_missing_there_is_no_scatter(values: list[float]) -> None:
    assert sd_of_logs(values) is None


@given(VALUES, POSITIVE)
def test_relative_scatter_has_no_unit(values: list[float], factor: float) -> None:
    assert sd_of_logs(values) is not None
    assert sd_of_logs([factor * value for value in values]) == pytest.approx(sd_of_logs(values), abs=1e-9)


@given(VALUES)
def test_a_slow_down_by_a_factor_scatters_like_a_speed_up_by_it(values: list[float]) -> None:
    assert sd_of_logs([1 / value for value in values]) == pytest.approx(sd_of_logs(values), abs=1e-9)


def scattered(sd_log: float, n: int) -> list[float]:
    """Return so many values whose logarithms have that standard deviation."""
    steps = [number - (n - 1) / 2 for number in range(n)]
    return [math.exp(sd_log * step / statistics.stdev(steps)) for step in steps]


@given(POSITIVE, SCATTER, COUNT, st.floats(0, 0.5))
def test_an_interval_holds_its_value_in_its_geometric_middle(value: float, sd_log: float, n: int, limit: float) -> None:
    low, high = interval(value, scattered(sd_log, n), limit) or (math.nan, math.nan)
    assert low <= value <= high
    assert math.sqrt(low) * math.sqrt(high) == pytest.approx(value)


@given(POSITIVE, st.floats(1e-3, 0.5), COUNT, st.floats(1e-3, 0.5))
def test_an_interval_narrows_with_repetitions_and_widens_with_scatter_and_the_meter_s_error(
    value: float, sd_log: float, n: int, limit: float
) -> None:
    def width(sd_log: float, n: int, limit: float = 0.0) -> float:
        low, high = interval(value, scattered(sd_log, n), limit) or (math.nan, math.nan)
        return math.log(high / low)

    assert width(sd_log, n + 1) < width(sd_log, n) < width(2 * sd_log, n)
    assert width(sd_log, n) < width(sd_log, n, limit) < width(sd_log, n) + width(0.0, n, limit)


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_the_interval_of_a_share_holds_it_and_mirrors_that_of_the_rest(right: int, wrong: int) -> None:
    count = right + wrong
    low, high = share_ci95(right / count, count)
    assert 0 <= low <= right / count <= high <= 1
    assert share_ci95(wrong / count, count) == pytest.approx((1 - high, 1 - low))
    wider = share_ci95(right / count, 4 * count)
    assert wider[1] - wider[0] < high - low


NUMBER = st.none() | st.floats(-1e9, 1e9)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**17),
            NUMBER,
            NUMBER,
            NUMBER,
            NUMBER,
            NUMBER,
            st.none() | st.integers(0, 2**32 - 1),
        ),
        max_size=10,
        unique_by=lambda sample: sample[0],
    )
)
def test_every_sample_that_is_written_is_read_back(
    samples: list[tuple[int, float, float, float, float, float, int]],
) -> None:
    with TemporaryDirectory() as folder:
        lines = [sample_line(*sample) for sample in samples]
        (Path(folder) / "samples.csv").write_text(f"{HEADER}\n" + "".join(lines))
        (found,) = read_samples(Path(folder))
    assert not any("can't be read and are not used" in str(warning) for warning in found.warnings)
    by_time = sorted(samples, key=lambda sample: sample[0])
    assert found.samples.times.tolist() == [sample[0] for sample in by_time]
    for place, series in ((1, found.samples.power), (4, found.samples.temp), (5, found.samples.clock)):
        known = [(sample[0], sample[place]) for sample in by_time if sample[place] is not None]
        assert series[0].tolist() == [time_ns for time_ns, _ in known]
        assert series[1].tolist() == pytest.approx([value for _, value in known], rel=1e-5)
    bits = [sample[6] for sample in by_time if sample[6] is not None]
    assert found.samples.throttled[1].tolist() == bits


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["C"]), min_size=1),
            st.integers(0, 999),
            st.lists(st.integers(0, 999), min_size=5, max_size=5),
        ),
        max_size=10,
        unique_by=lambda prediction: prediction[0],
    )
)
def test_every_prediction_that_is_written_is_read_back_whatever_its_image_is_called(
    found: list[tuple[str, int, list[int]]],
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "nin.csv"
        path.write_bytes(predictions_csv((*one, [0.2] * 5) for one in found))
        read = [prediction for _, prediction in read_predictions(path)]
    assert read == [(image, label, tuple(classes)) for image, label, classes in found]
