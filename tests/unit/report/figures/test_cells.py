from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.catalog import frameworks
from bench.catalog.suites import find_suite
from bench.records.run import Conditions
from bench.records.schema import Clocks
from bench.report.figures import cells as charts
from bench.report.figures.accuracies import accuracy_panel
from bench.report.figures.boards import board_charts
from bench.report.figures.chart import Area, Axis, Bars, Chart, Label, Line, Panel, Points
from bench.report.figures.grid import GROUP, joined
from bench.report.figures.latencies import latency_distribution
from bench.report.figures.looks import cut, framework_look, look, short_titles
from bench.report.figures.of_run import run_charts
from bench.report.figures.over_time import time_charts
from bench.report.figures.published import Reference
from bench.report.figures.scales import log_axis, log_ticks
from bench.report.figures.timeline import Clockwork, thinned, timeline
from bench.report.figures.tradeoffs import against_energy, against_throughput, pareto
from bench.report.run import Gathered, gather, newest_of
from tests.made.runs import IDLE_W, made_cells, made_run, with_cell

SQUEEZENET = "squeezenet_v1.1"


def made(tmp_path: Path, **options: object) -> Gathered:
    return gather(made_run(tmp_path, **options))  # type: ignore[arg-type]


def bars(panel: Panel, name: str) -> Bars:
    (found,) = [glyph for glyph in panel.glyphs if isinstance(glyph, Bars) and glyph.name == name]
    return found


def words(panel: Panel) -> list[str]:
    return [glyph.text for glyph in panel.glyphs if isinstance(glyph, Label)]


def test_every_cell_s_throughput_is_a_bar_with_its_interval(tmp_path: Path) -> None:
    gathered = made(tmp_path, repetitions=3)
    (panel,) = charts.throughput(gathered, []).panels
    rows = [row for row in gathered.rows if row.framework == "caffe"]
    assert bars(panel, "Caffe").y == [row.throughput_fps for row in rows]
    assert bars(panel, "Caffe").intervals == [(row.throughput_ci95_low, row.throughput_ci95_high) for row in rows]
    assert words(panel) == []


def test_the_frameworks_bars_of_a_model_stand_side_by_side(tmp_path: Path) -> None:
    (panel,) = charts.throughput(made(tmp_path), []).panels
    places = sorted(bars(panel, name).x[0] for name in ("OpenCV", "TensorFlow", "Caffe", "Caffe2"))
    assert np.diff(places) == pytest.approx([0.21] * 3)
    assert np.mean(places) == pytest.approx(0.0)


def test_a_failed_cell_is_a_word_where_its_bar_would_be(tmp_path: Path) -> None:
    cells = with_cell(made_cells(), "caffe", "googlenet", status="oom", error="killed")
    for chart in run_charts(made(tmp_path, cells=cells), [])[0][2:6]:
        for panel in chart.panels:
            assert len(bars(panel, "Caffe").y) == 3
            assert "oom" in words(panel)


def test_a_throttled_cell_is_drawn_and_labelled(tmp_path: Path) -> None:
    gathered = made(tmp_path, cells=with_cell(made_cells(), "caffe", "googlenet", throttled=True))
    (panel,) = charts.throughput(gathered, []).panels
    assert len(bars(panel, "Caffe").y) == 4
    assert words(panel) == ["throttled"]


def test_a_throttled_cell_takes_no_part_in_the_front(tmp_path: Path) -> None:
    cells = with_cell(made_cells(), "opencv", SQUEEZENET, throttled=True)
    (panel,) = against_throughput(made(tmp_path, cells=cells)).panels
    (front,) = [glyph for glyph in panel.glyphs if isinstance(glyph, Line)]
    assert max(value for value in front.x if value is not None) == pytest.approx(12.0 * 1.2, rel=1e-3)
    assert [glyph.name for glyph in panel.glyphs if isinstance(glyph, Points) and glyph.hollow] == [
        "OpenCV (not ranked)"
    ]


def test_measured_accuracy_stands_beside_published_where_it_is_stated(tmp_path: Path) -> None:
    top1, top5 = charts.accuracy(made(tmp_path)).panels
    assert bars(top1, "OpenCV").y == pytest.approx([58, 68, 58, 70])
    stated = [model.published.top1 * 100 for model in find_suite().models() if model.published]
    assert bars(top1, "Published").y == pytest.approx(stated)
    assert words(top1) == []
    assert words(top5) == ["not stated"]


def test_published_accuracy_is_never_drawn_as_measured(tmp_path: Path) -> None:
    gathered = made(tmp_path, predictions=0)
    top1, _ = charts.accuracy(gathered).panels
    assert [glyph.name for glyph in top1.glyphs if isinstance(glyph, Bars)] == ["Published"]
    merit, _ = charts.merit(gathered).panels
    assert words(merit).count("*") == 16


def test_synthetic_weights_have_no_accuracy_and_say_why(tmp_path: Path) -> None:
    cells = with_cell(made_cells(), "opencv", "nin", weights="synthetic")
    top1, _ = charts.accuracy(made(tmp_path, cells=cells)).panels
    assert words(top1) == ["synthetic"]


def test_power_reaches_from_the_smallest_to_the_largest_sample_above_the_idle_line(tmp_path: Path) -> None:
    gathered = made(tmp_path)
    (panel,) = charts.power(gathered).panels
    (first,) = [row for row in gathered.rows if (row.framework, row.model) == ("opencv", "nin")]
    assert bars(panel, "OpenCV").intervals[0] == (first.power_w_min, first.power_w_max)
    (idle,) = [glyph for glyph in panel.glyphs if isinstance(glyph, Line)]
    assert {value for value in idle.y if value is not None} == {IDLE_W}


def test_simulated_power_is_written_across_every_panel_that_rests_on_it(tmp_path: Path) -> None:
    gathered = made(tmp_path, boundary="simulated")
    resting = [charts.power(gathered), charts.merit(gathered), against_energy(gathered)]
    assert [panel.watermark for chart in resting for panel in chart.panels] == ["SIMULATED POWER"] * 4
    assert timeline(gathered).panels[0].watermark == "SIMULATED POWER"
    free = [charts.accuracy(gathered), charts.throughput(gathered, []), against_throughput(gathered)]
    assert {panel.watermark for chart in free for panel in chart.panels} == {""}


def test_measured_power_has_no_watermark(tmp_path: Path) -> None:
    gathered = made(tmp_path)
    assert {panel.watermark for chart in run_charts(gathered, [])[0] for panel in chart.panels} == {""}


def test_without_a_meter_every_cell_says_so(tmp_path: Path) -> None:
    (panel,) = charts.power(made(tmp_path, boundary=None)).panels
    labels = [glyph for glyph in panel.glyphs if isinstance(glyph, Label)]
    assert [(label.text, label.x) for label in labels] == [("no power", float(place)) for place in range(4)]
    assert sum(label.told.count("no power") for label in labels) == 16


def test_every_figure_has_a_title_labels_with_units_and_a_caption_with_its_board(tmp_path: Path) -> None:
    for chart in run_charts(made(tmp_path), [])[0]:
        assert chart.title
        assert "Raspberry Pi 4" in chart.subject
        assert chart.caption.endswith(".")
        axes = [chart.x, *(panel.y for panel in chart.panels)]
        assert all("[" in axis.label or axis.ticks for axis in axes), chart.name
        assert all(axis.label for axis in axes)


def test_the_front_holds_what_no_other_beats_on_both() -> None:
    points = [(1.0, 70.0), (2.0, 60.0), (2.0, 65.0), (3.0, 50.0), (1.0, 40.0), (2.5, 50.0)]
    assert pareto(points, more_is_better=True) == [(1.0, 70.0), (2.0, 65.0), (3.0, 50.0)]
    assert pareto(points, more_is_better=False) == [(1.0, 70.0)]


def test_a_cell_without_accuracy_is_named_under_the_figure(tmp_path: Path) -> None:
    cells = with_cell(made_cells(), "caffe", "googlenet", status="failed", error="x")
    assert "Not shown: failed: Caffe GoogLeNet." in against_throughput(made(tmp_path, cells=cells)).caption


def test_a_figure_with_nothing_to_show_is_a_line_that_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    power = "power was not measured: connect a meter ('bench list meters')"
    accuracy = "accuracy was not measured: give labelled images (--images FOLDER)"
    drawn, missing = run_charts(made(tmp_path, boundary=None, predictions=0), [])
    assert dict(missing) == {
        "Accuracy against energy": power,
        "Figure 1. Accuracy, measured beside published": accuracy,
        "Figure 3. Power": power,
        "Energy": power,
        "Figure 4. Figure of merit": power,
    }
    assert {"figure-2-throughput", "accuracy-throughput", "timeline"} <= {chart.name for chart in drawn}


def test_where_no_cell_ended_well_nothing_is_drawn_but_what_was_sampled(tmp_path: Path) -> None:
    cells = [replace(cell, status="failed", error="x") for cell in made_cells()]
    drawn, missing = run_charts(made(tmp_path, cells=cells), [])
    assert [chart.name for chart in drawn] == ["timeline"]
    assert [panel.y.title for panel in drawn[0].panels] == ["Power", "Temperature", "Clock"]
    unsampled, more = run_charts(made(tmp_path, run_id="unsampled", cells=cells, boundary=None), [])
    assert unsampled == []
    assert set(dict(more).values()) == {"no cell ended well: mend what the table names"}
    assert dict(missing).keys() == dict(more).keys() - {"Timeline of the run"}


def test_no_two_frameworks_share_a_colour_with_a_marker_or_a_hatch() -> None:
    looks = [framework_look(name) for name in frameworks()]
    for differ in ("marker", "hatch"):
        assert len({(look.colour, getattr(look, differ)) for look in looks}) == len(looks), differ
    paper = looks[:4]
    for differ in ("colour", "marker", "hatch", "dash"):
        assert len({getattr(look, differ) for look in paper}) == 4, differ


def test_the_eighth_series_has_the_first_one_s_colour_and_another_s_marks() -> None:
    first, second, eighth = look(0), look(1), look(7)
    assert (eighth.colour, eighth.marker, eighth.hatch) == (first.colour, second.marker, second.hatch)


def test_a_model_is_named_at_the_height_of_its_accuracy(tmp_path: Path) -> None:
    (panel,) = against_throughput(made(tmp_path)).panels
    assert [(name.text, name.y) for name in panel.names] == [
        ("Network in Network", pytest.approx(58)),
        ("SqueezeNet v1.1", pytest.approx(58)),
        ("GoogLeNet", pytest.approx(68)),
        ("MobileNet v1 1.0 224", pytest.approx(70)),
    ]


@pytest.mark.parametrize("percents", [[50.0] * 30, [10.0, 50.0, 50.0, 50.1, 90.0], [70.0]])
def test_names_beside_a_panel_keep_their_order_and_a_line_between_them(tmp_path: Path, percents: list[float]) -> None:
    row = made(tmp_path).rows[0]
    known = [(row.model_copy(update={"model": f"m{number:02d}"}), percent) for number, percent in enumerate(percents)]
    panel = accuracy_panel(known, [], "")
    low, high = panel.y.range or (0.0, 0.0)
    places = [name.place for name in panel.names]
    assert [name.text for name in panel.names] == [f"m{number:02d}" for number in range(len(percents))]
    assert all(low <= place <= high for place in places)
    lines = np.diff(places) / (high - low) * panel.height * 300  # in pixels
    assert all(lines >= 13)


def test_neighbours_that_say_the_same_share_a_word_and_thin_ones_share_any() -> None:
    labels = [Label(place, 0.0, text, told=text) for place, text in ((0.1, "oom"), (0.2, "oom"), (0.3, "failed"))]
    assert [(one.x, one.text) for one in joined(labels, 0.1, groups=4)] == [
        (pytest.approx(0.15), "oom"),
        (0.3, "failed"),
    ]
    (one,) = joined(labels, 0.1, groups=11)
    assert (one.x, one.text, one.told) == (pytest.approx(0.2), "oom, failed", "oom; oom; failed")
    apart = [Label(place, 0.0, "oom") for place in (0.0, 1.0)]
    assert joined(apart, GROUP, groups=2) == apart  # of two models


def test_across_boards_a_model_is_shown_in_the_framework_that_does_best_there(tmp_path: Path) -> None:
    runs = [made(tmp_path, run_id=board, board=board) for board in ("one", "another")]
    (panel,) = board_charts(runs)[1].panels
    markers = [glyph for glyph in panel.glyphs if isinstance(glyph, Points)]
    assert [glyph.name for glyph in markers] == ["one", "another"]
    fastest = [
        max(row.throughput_fps or 0 for row in runs[0].rows if row.model == name)
        for name in dict.fromkeys(row.model for row in runs[0].rows)
    ]
    assert markers[0].x == fastest
    assert all("OpenCV" in told for told in markers[0].hover)
    assert len(panel.names) == 4


def test_a_long_name_is_broken_and_cut_under_its_bars_and_beside_a_panel() -> None:
    name = "a_very_long_name_that_somebody_gave_to_a_model_of_their_own"
    (title,) = short_titles([name]).values()
    assert title == "a_very_l…body_\ngave_to_…r_own"
    assert len(cut(name, 22)) == 22


def test_a_precision_loses_in_a_figure_what_it_loses_on_the_same_images(tmp_path: Path) -> None:
    gathered = made(tmp_path)
    in_float = next(row for row in gathered.rows if row.top1)
    other = in_float.model_copy(update={"precision": "int8", "top1": 0.99, "top1_loss": 0.02})
    both = replace(gathered, results=gathered.results.model_copy(update={"rows": [in_float, other]}))
    chart = against_throughput(both)
    (points,) = [glyph for glyph in chart.panels[0].glyphs if isinstance(glyph, Points)]
    assert in_float.top1 is not None
    assert points.y == pytest.approx([100 * in_float.top1, 100 * (in_float.top1 - 0.02)])
    assert "from which it loses what it does on the images of both" in chart.caption


def test_a_distribution_is_drawn_from_twenty_images_on_and_always_marked(tmp_path: Path) -> None:
    few = latency_distribution(made(tmp_path, run_id="few", images=19)).panels[0]
    enough = latency_distribution(made(tmp_path, run_id="enough", images=20)).panels[0]
    assert not [glyph for glyph in few.glyphs if isinstance(glyph, Area)]
    assert len([glyph for glyph in enough.glyphs if isinstance(glyph, Area)]) == 4
    for panel in (few, enough):
        assert [glyph.name for glyph in panel.glyphs if isinstance(glyph, Points)] == ["p50", "p95", "p99"]


def test_the_marks_of_a_distribution_are_the_row_s_percentiles(tmp_path: Path) -> None:
    gathered = made(tmp_path)
    points = [glyph for glyph in latency_distribution(gathered).panels[0].glyphs if isinstance(glyph, Points)]
    assert points[0].x == [row.latency_ms_p50 for row in gathered.rows]
    assert points[2].x == [row.latency_ms_p99 for row in gathered.rows]


def test_logarithmic_ticks_are_round_and_within() -> None:
    assert log_ticks(8, 130) == [(10.0, "10"), (20.0, "20"), (50.0, "50"), (100.0, "100")]
    assert [text for _, text in log_ticks(40, 90)] == ["50", "70"]
    assert [text for _, text in log_ticks(0.02, 2)] == ["0.03", "0.1", "0.3", "1"]
    axis = log_axis("Energy", "J/image", [0.1, 0.1])
    assert axis.range == pytest.approx((0.1 / 2.2, 0.22))


def test_published_speeds_are_a_band_behind_the_same_board_s_model(tmp_path: Path) -> None:
    references = [
        Reference("Pi 4B", "a", SQUEEZENET, 50.0, "x"),
        Reference("Pi 4B", "b", SQUEEZENET, 100.0, "y"),
        Reference("Pi 5", "a", SQUEEZENET, 10.0, "x"),
    ]
    chart = charts.throughput(made(tmp_path), references)
    (band,) = [glyph for glyph in chart.panels[0].glyphs if isinstance(glyph, Area)]
    heights = [value for value in band.y if value is not None]
    assert (min(heights), max(heights)) == pytest.approx((10, 20), abs=0.4)
    assert "a on Pi 4B (x); b on Pi 4B (y)" in chart.caption
    assert "Pi 5" not in chart.caption


def test_the_timeline_shades_each_framework_s_timed_windows(tmp_path: Path) -> None:
    chart = timeline(made(tmp_path, cells=made_cells()[:1]))
    assert [panel.y.label for panel in chart.panels] == ["Power [W]", "Temperature [°C]", "Clock [MHz]", "Window"]
    (shade,) = [glyph for glyph in chart.panels[0].glyphs if isinstance(glyph, Area)]
    # It begins after one second of nothing, one of idling and a half of loading; 20 images at 9 a second follow.
    edges = [value * 60 for value in shade.x if value is not None]
    assert (min(edges), max(edges)) == pytest.approx((2.5, 2.5 + 20 / 9), abs=0.01)


def test_a_run_without_samples_has_a_timeline_of_windows_that_says_so(tmp_path: Path) -> None:
    chart = timeline(made(tmp_path, boundary=None))
    assert [panel.y.label for panel in chart.panels] == ["Window"]
    assert "nobody measured" in chart.caption


def test_long_pauses_are_cut_out_of_the_timeline() -> None:
    second = 10**9
    clocks = Clocks(boot_id="b", monotonic_ns=0, realtime_ns=0)
    clockwork = Clockwork([(0, 60 * second), (86_400 * second, 86_460 * second)])
    assert clockwork.cut
    assert clockwork.times([0, 60 * second, 86_400 * second, 86_460 * second], clocks) == pytest.approx([0, 1, 2, 3])
    assert clockwork.unit == "min"


def test_a_long_run_s_timeline_is_in_hours() -> None:
    second = 10**9
    clocks = Clocks(boot_id="b", monotonic_ns=0, realtime_ns=0)
    clockwork = Clockwork([(0, 4 * 3600 * second)])
    assert (clockwork.unit, clockwork.times([2 * 3600 * second], clocks)) == ("h", pytest.approx([2]))


def test_thinning_keeps_every_peak() -> None:
    values = np.ones(100_000)
    values[54_321], values[77_777] = 9.0, -3.0
    times, thin = thinned(np.arange(values.size), values)
    assert times.size <= 1500
    assert (thin.max(), thin.min()) == (9.0, -3.0)
    assert times[thin.argmax()] == 54_321
    assert np.all(np.diff(times) >= 0)


def test_boards_stand_side_by_side_each_with_its_newest_run(tmp_path: Path) -> None:
    runs = [
        made(tmp_path, run_id="old", board="Raspberry Pi 3 Model B Rev 1.2"),
        made(tmp_path, run_id="new", board="Raspberry Pi 3 Model B Rev 1.2", day=1),
        made(tmp_path, run_id="four"),
    ]
    chart = {chart.name: chart for chart in board_charts(newest_of(runs))}["boards-throughput"]
    assert "run new" in chart.subject and "run old" not in chart.subject
    assert [panel.y.label for panel in chart.panels] == [
        f"{title} [images/s]" for title in ("OpenCV", "TensorFlow", "Caffe", "Caffe2")
    ]
    rates = [row.throughput_fps for row in runs[1].rows if row.framework == "opencv"]
    assert bars(chart.panels[0], "Pi 3B").y == rates
    assert len({panel.y.range for panel in chart.panels}) == 1


def test_a_word_that_holds_for_every_board_stands_there_once(tmp_path: Path) -> None:
    cells = with_cell(made_cells(), "caffe", "nin", status="failed", error="x")
    runs = [made(tmp_path, run_id=board, board=board, cells=cells) for board in ("one", "another")]
    chart = {chart.name: chart for chart in board_charts(runs)}["boards-throughput"]
    (label,) = [glyph for panel in chart.panels for glyph in panel.glyphs if isinstance(glyph, Label)]
    assert (label.x, label.text) == (0.0, "failed")
    assert label.told.count("Caffe · Network in Network: failed") == 2


def test_a_board_with_a_fan_stands_beside_the_bare_one_and_every_figure_says_which(tmp_path: Path) -> None:
    fan = Conditions(cooling="active cooler")
    runs = [made(tmp_path, run_id="bare"), made(tmp_path, run_id="cooled", day=1, conditions=fan)]
    cooled = "Raspberry Pi 4 Model B Rev 1.4, cooling: active cooler"
    assert runs[1].subject.startswith(cooled)
    assert "cooling" not in runs[0].subject
    assert board_charts(newest_of(runs))[0].subject == "Pi 4B: run bare; Pi 4B, active cooler: run cooled"
    assert time_charts(runs) == []


def test_one_board_alone_is_compared_with_nobody(tmp_path: Path) -> None:
    assert board_charts(newest_of([made(tmp_path, run_id="a"), made(tmp_path, run_id="b", day=1)])) == []


def test_a_cell_s_line_over_time_breaks_where_it_failed(tmp_path: Path) -> None:
    broken = with_cell(made_cells(), "opencv", "nin", status="failed", error="x")
    runs = [made(tmp_path, run_id=f"r{day}", day=day, cells=broken if day == 1 else None) for day in range(3)]
    chart: Chart = time_charts(runs)[0]
    line = next(glyph for glyph in chart.panels[0].glyphs if isinstance(glyph, Line))
    assert line.x == [0, 1, 2]
    assert [value is None for value in line.y] == [False, True, False]


def test_an_axis_is_labelled_with_its_unit_and_its_scale() -> None:
    assert Axis("Model").label == "Model"
    assert Axis("Power", "W").label == "Power [W]"
    assert Axis("Time per image", "ms", log=True).label == "Time per image [ms], logarithmic"
