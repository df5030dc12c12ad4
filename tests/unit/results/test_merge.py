from __future__ import annotations

import csv
import math
import statistics
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.catalog import models
from bench.errors import UserError
from bench.records.columns import RESULT_COLUMNS
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.store import write_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.records import PREDICTIONS, SECOND, new_run, only_row, predict, repetition, sample


def test_a_cell_s_figure_of_merit_is_accuracy_times_throughput_over_power(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    sample(folder, watts=4.0)
    predict(folder, right=6, in_five=2, wrong=2)
    row = only_row(folder)
    assert row.status == "ok"
    assert row.throughput_fps == pytest.approx(10.0)
    assert (row.top1, row.top5, row.images_classified, row.top1_source) == (0.6, 0.8, 10, "measured")
    assert row.power_w_mean == pytest.approx(4.0)
    assert row.power_w_idle == pytest.approx(2.1)  # 2 W, and from the last sample on its way to 4 W
    assert row.energy_j_per_image == pytest.approx(4.0 * 2 / 20)
    assert row.fom_top1 == pytest.approx(0.6 * 10 / 4)
    assert row.fom_top5 == pytest.approx(0.8 * 10 / 4)
    assert (row.preprocess_ms, row.inference_ms, row.latency_ms_p50) == pytest.approx((1.0, 99.0, 100.0))
    assert (row.temp_c_max, row.arm_mhz_min, row.throttled, row.boundary) == (55.5, 1500.0, False, "usb-input")
    assert (row.load_s, row.first_inference_ms, row.framework_version) == (0.5, 250.0, "4.14")


def test_without_a_sampler_power_is_empty_and_no_fault(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    results = merge(folder)
    assert results.warnings == []
    assert (results.rows[0].power_w_mean, results.rows[0].energy_j_per_image, results.rows[0].fom_top1) == (None,) * 3
    assert results.rows[0].throughput_fps == pytest.approx(10.0)


def test_a_window_without_samples_has_empty_power_and_the_reason(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    sample(folder, watts=4.0, begin_s=50, end_s=60)
    results = merge(folder)
    assert results.rows[0].power_w_mean is None
    assert [*map(str, results.warnings)] == ["power is empty: no samples (opencv googlenet)"]


def test_samples_of_another_boot_are_not_used(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    elsewhere = now().model_copy(update={"boot_id": "another"})
    folder.write_repetition(repetition(clocks=elsewhere))
    sample(folder, watts=4.0)
    assert only_row(folder).power_w_mean is None


def test_synthetic_weights_have_speed_and_power_but_no_accuracy_and_no_merit(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(weights="synthetic"))
    sample(folder, watts=4.0)
    row = only_row(folder)
    assert row.weights == "synthetic"
    assert (row.top1, row.top5, row.top1_source, row.fom_top1, row.fom_top5) == (None,) * 5
    assert row.power_w_mean == pytest.approx(4.0)


def test_real_weights_without_labelled_images_take_the_published_accuracy_and_say_so(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    sample(folder, watts=4.0)
    row = only_row(folder)
    published = models()["googlenet"].published
    assert published is not None
    assert (row.top1, row.top5, row.top1_source) == (published.top1, published.top5, "published")
    assert row.fom_top1 == pytest.approx(published.top1 * 10 / 4)


def test_published_accuracy_of_the_shared_weights_is_not_that_of_a_framework_s_own(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    run = folder.read_run()
    folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"source": "caffe2"})}))
    folder.write_repetition(repetition())
    sample(folder, watts=4.0)
    row = only_row(folder)
    assert (row.weights, row.status) == ("pretrained", "ok")
    assert (row.top1, row.top5, row.top1_source, row.fom_top1) == (None, None, None, None)
    predict(folder, right=6, in_five=2, wrong=2)
    assert (only_row(folder).top1, only_row(folder).top1_source) == (0.6, "measured")


def test_throttling_in_the_timed_window_marks_the_cell(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    sample(folder, watts=4.0, throttled="0x5")
    row = only_row(folder)
    assert (row.status, row.throttled) == ("throttled", True)
    assert row.throughput_fps == pytest.approx(10.0)


def test_repetitions_are_put_together_and_give_an_interval(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    for number in range(1, 6):
        folder.write_repetition(repetition(number, inference_ns=[(98 + number) * 1_000_000] * 20))
    row = only_row(folder)
    assert (row.repetitions, row.images_timed) == (5, 100)
    assert row.throughput_fps == pytest.approx(1000 / 102)
    # 2.776445 is Student's t for 95 % and four degrees of freedom.
    sd_log = statistics.stdev(math.log(99 + number + 1) for number in range(5))
    half = 2.776445 * sd_log / math.sqrt(5)
    assert row.throughput_sd_log == pytest.approx(sd_log)
    bounds = (row.throughput_ci95_low, row.throughput_ci95_high)
    assert bounds == pytest.approx((1000 / 102 * math.exp(-half), 1000 / 102 * math.exp(half)))


def test_memory_is_the_most_that_a_repetition_took(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number, mib in enumerate((110.0, 130.0, 120.0), start=1):
        folder.write_repetition(repetition(number, peak_rss_mib=mib))
    assert only_row(folder).peak_rss_mib == 130.0


def test_percentiles_are_of_all_images_of_all_repetitions(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number, milliseconds in ((1, range(1, 51)), (2, range(51, 102))):
        times_ns = [1_000_000 * each for each in milliseconds]
        folder.write_repetition(repetition(number, preprocess_ns=[0] * len(times_ns), inference_ns=times_ns))
    row = only_row(folder)
    assert (row.latency_ms_p50, row.latency_ms_p95, row.latency_ms_p99) == pytest.approx((51.0, 96.0, 100.0))


def test_the_scatter_of_a_percentile_is_that_of_each_repetition_s_own(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number, milliseconds in ((1, range(1, 102)), (2, [51] * 101)):
        times_ns = [1_000_000 * each for each in milliseconds]
        folder.write_repetition(repetition(number, preprocess_ns=[0] * len(times_ns), inference_ns=times_ns))
    row = only_row(folder)
    assert row.latency_ms_p50_sd_log == pytest.approx(0.0)
    assert row.latency_ms_p95_sd_log == pytest.approx(math.log(96 / 51) / math.sqrt(2))


def test_the_board_s_state_is_the_worst_of_all_repetitions(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for number in (1, 2, 3):
        folder.write_repetition(repetition(number, begin_s=100 * number))
    record = SamplerRecord(meter="none", period_s=0.1, began=now(), ended=now())
    write_record(folder.path / "sampler.json", record)
    state = {1: "50,1500", 2: "70,1400", 3: "60,1450"}
    lines = [f"{slot * SECOND // 10},,,,{state[slot // 1000]},0x0" for slot in range(1000, 3100)]
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    row = only_row(folder)
    assert (row.status, row.temp_c_max, row.arm_mhz_min) == ("ok", 70.0, 1400.0)


def test_one_repetition_gives_no_interval(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    assert only_row(folder).throughput_ci95_low is None


def test_different_weights_are_never_averaged(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(1))
    folder.write_repetition(repetition(2, weights_sha256="bb"))
    row = only_row(folder)
    assert (row.status, row.throughput_fps) == ("failed", None)
    assert row.error == "its repetitions used different weights; run it again with --force"


def test_a_failed_cell_is_a_row_with_its_error(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(status="timeout", error="no sign of life for 300 s", inference_ns=[]))
    row = only_row(folder)
    assert (row.status, row.error, row.throughput_fps) == ("timeout", "no sign of life for 300 s", None)


def test_a_cell_that_was_planned_but_never_recorded_is_a_row(tmp_path: Path) -> None:
    folder = new_run(tmp_path, models=["googlenet", "nin"])
    folder.write_repetition(repetition())
    rows = {row.model: row for row in merge(folder).rows}
    assert (rows["googlenet"].status, rows["nin"].status) == ("ok", "interrupted")
    assert rows["nin"].error == "0 of 1 repetitions were made; the same command goes on"


def test_a_corrupt_record_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    folder = new_run(tmp_path, models=["googlenet", "nin"])
    folder.write_repetition(repetition())
    corrupt = folder.cell("opencv", "nin") / "rep-01.json"
    corrupt.parent.mkdir(parents=True)
    corrupt.write_text('{"half')
    results = merge(folder)
    assert {row.model: row.status for row in results.rows} == {"nin": "interrupted", "googlenet": "ok"}
    assert len(results.warnings) == 1
    assert str(corrupt) in str(results.warnings[0])


def test_a_prediction_that_can_t_be_read_is_left_out_and_counted(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    predict(folder, right=3, in_five=1, wrong=0)
    file = folder.predictions("opencv", "googlenet")
    file.write_text(file.read_text() + "b,7,x,1,2,3,4,1,0,0,0,0\nc,7,7\n")
    results = merge(folder)
    assert (results.rows[0].images_classified, results.rows[0].top1, results.rows[0].top5) == (4, 0.75, 1.0)
    assert [*map(str, results.warnings)] == [f"{file}: 2 of 6 lines can't be read and are not used"]


@pytest.mark.parametrize("content", ["", "image,label\na,7\n", f"{PREDICTIONS}\n", f"{PREDICTIONS}\na,7\n"])
def test_predictions_that_can_t_be_read_give_no_accuracy_and_are_named(tmp_path: Path, content: str) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition())
    file = folder.predictions("opencv", "googlenet")
    file.parent.mkdir(parents=True)
    file.write_text(content)
    results = merge(folder)
    assert (results.rows[0].top1, results.rows[0].images_classified, results.rows[0].status) == (None, None, "ok")
    assert len(results.warnings) == 1
    assert str(file) in str(results.warnings[0])
    assert "can't be read" in str(results.warnings[0])


def test_results_csv_has_the_contract_s_columns_and_empty_fields(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition(weights="synthetic"))
    merge(folder)
    with (folder.path / "results.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert tuple(row) == RESULT_COLUMNS
    assert (row["framework"], row["top1"], row["power_w_mean"], row["error"]) == ("opencv", "", "", "")


def test_merging_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    for number in range(1, 6):
        folder.write_repetition(repetition(number))
    files = [folder.path / name for name in ("results.csv", "results.json")]
    merge(folder)
    first = [file.read_bytes() for file in files]
    merge(folder)
    assert [file.read_bytes() for file in files] == first


def test_a_run_without_run_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run\.json does not exist"):
        merge(RunFolder(tmp_path))
