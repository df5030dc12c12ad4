from __future__ import annotations

import csv
import json
from pathlib import Path

import fastparquet
import pandas as pd
import pytest
from typer.testing import CliRunner

from bench.cli.app import app
from bench.errors import UserError
from bench.prepare.models.prepared import ModelRecord
from bench.records.columns import RESULT_COLUMNS, Row
from bench.records.run import Conditions
from bench.records.store import write_record
from bench.report.exports import latex, markdown, write_exports
from bench.report.figures.of_run import run_charts
from bench.report.figures.published import Reference, of_board, read_references
from bench.report.page.highlights import highlights
from bench.report.page.page import page
from bench.report.page.provenance import circumstances, models_table, weights_table
from bench.report.run import gather
from bench.report.table import COLUMNS, Column, all_columns, cell, four_digits
from bench.runs.folder import RunFolder
from tests.made.runs import made_cells, made_run, with_cell

HEADER = "board,software,model,latency_ms,source\n"
OUTPUTS = {"report.html", "results.csv", "results.json", "results.md", "results.parquet", "results.tex"}


def row(**fields: object) -> Row:
    return Row.model_validate({"run_id": "r", "board": "b", "framework": "opencv", "model": "nin", **fields})


def column(field: str) -> Column:
    return next(column for column in all_columns(False) if column.field == field)


def test_of_every_column_the_page_knows_whether_more_is_better() -> None:
    more = {column.field for column in all_columns(False) if column.more_is_better}
    assert {"throughput_fps", "top1", "top5", "fom_top1", "fom_top5", "arm_mhz_min", "images_timed"} <= more
    assert not more & {"power_w_mean", "latency_ms_p95", "peak_rss_mib", "top1_loss", "throughput_sd_log", "load_s"}


def test_the_table_has_every_column_of_results_csv_once() -> None:
    for several in (False, True):
        assert sorted(column.field for column in all_columns(several)) == sorted(RESULT_COLUMNS)


def test_a_field_keeps_its_exact_value_beside_the_written_one() -> None:
    found = cell(row(status="ok", throughput_fps=9.017495691197402), column("throughput_fps"))
    assert (found.exact, found.text, found.spread) == ("9.017495691197402", "9.02", "")


def test_the_speed_in_a_table_of_text_has_half_its_interval_beside_it() -> None:
    (speed,) = (column for column in COLUMNS if column.field == "throughput_fps")
    measured = row(status="ok", throughput_fps=10.0, throughput_ci95_low=9.9, throughput_ci95_high=10.1)
    assert speed.text(measured) == "10.00 ±1.0%"
    assert speed.text(row(status="ok", throughput_fps=10.0)) == "10.00"
    assert "10.00 $\\pm$1.0\\%" in latex([measured])


def test_a_field_that_was_not_measured_is_empty() -> None:
    assert cell(row(status="failed"), column("throughput_fps")).exact == ""


@pytest.mark.parametrize(
    ("value", "text"), [(0.1 + 0.2, "0.3"), (12345.678, "12346"), (1234, "1234"), (0.00012345, "0.0001234")]
)
def test_numbers_are_written_with_four_digits(value: float, text: str) -> None:
    assert four_digits(value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("power_w_mean", "~0.50"),
        ("energy_j_per_image", "~0.500"),
        ("power_w_idle", "~0.5"),
        ("fom_top1", "~0.50*"),
        ("top1", "50.0*"),
        ("throughput_fps", "0.50"),
    ],
)
def test_what_rests_on_simulated_power_or_published_accuracy_is_marked(name: str, text: str) -> None:
    fields = {"boundary": "simulated", "top1_source": "published", name: 0.5}
    assert cell(row(status="ok", **fields), column(name)).text == text


def test_the_best_cells_are_those_that_are_ok() -> None:
    rows = [
        row(status="throttled", throughput_fps=20.0, top1=0.9, fom_top1=9.0),
        row(status="ok", throughput_fps=10.0, top1=0.6, fom_top1=2.0, boundary="simulated", top1_source="published"),
    ]
    assert [found.value for found in highlights(rows)] == [
        "2 correct images/J (simulated power, published accuracy)",
        "10 images/s",
        "60 % top-1 (published accuracy)",
    ]
    assert highlights(rows[:1]) == []


def test_the_best_cells_have_their_intervals_and_equal_ones_are_named_together() -> None:
    scatter = {"repetitions": 3, "throughput_sd_log": 0.002, "images_classified": 500}
    rows = [
        row(status="ok", throughput_fps=10.0, top1=0.8, throughput_ci95_low=9.9, throughput_ci95_high=10.1, **scatter),
        row(status="ok", framework="tensorflow", throughput_fps=9.0, top1=0.8, **scatter),
        row(status="ok", framework="caffe", throughput_fps=9.99, top1=0.79, **scatter),
    ]
    fastest, accurate = highlights(rows)
    assert (fastest.value, accurate.value) == (
        "10 (9.9 to 10.1) images/s; 1 other not told apart",
        "80 (76.3 to 83.3) % top-1; 1 other not told apart",
    )
    assert accurate.cell.startswith("OpenCV · ") and " and TensorFlow · " in accurate.cell
    assert accurate.cell.endswith(", the same")


def test_table_1_is_computed_from_the_graphs_beside_what_the_paper_prints() -> None:
    table = models_table(["squeezenet_v1.1"])
    facts = dict(zip(table.headings, table.rows[0]))
    assert facts["Model"] == "SqueezeNet v1.1"
    assert facts["Input [pixels]"] == "227×227"
    assert (facts["Convolutions in line"], facts["Convolutions"]) == ("18 (18)", "26 (26)")
    assert facts["Parameters"] == "1.24 M (1.3 M)"


def prepare(folder: Path, name: str, digest: str) -> None:
    provenance = {"graph": "a graph", "weights": "a file", "weights_sha256": digest, "licence": "free"}
    fields = {"name": name, "title": name, "height": 1, "width": 1, "mean": (0, 0, 0), "scale": 1, "classes": 1}
    more = {
        "input_name": "data",
        "output_name": "prob",
        "weights": "pretrained",
        "provenance": provenance,
        "sha256": {},
    }
    write_record(folder / name / "model.json", ModelRecord.model_validate({**fields, **more}))


def test_table_2_says_where_weights_came_from_only_if_their_digest_is_the_cell_s(tmp_path: Path) -> None:
    gathered = gather(made_run(tmp_path, cells=made_cells()[:2]))
    digest = gathered.rows[0].weights_sha256
    assert digest is not None
    prepare(tmp_path / "prepared", "nin", digest)
    prepare(tmp_path / "prepared", "googlenet", "another")
    first, second = weights_table([gathered], tmp_path / "prepared").rows
    assert first == ["OpenCV", "Network in Network", "pretrained", "a file", "a graph", "free", digest]
    assert second[3:6] == ["no longer among the prepared models", "", ""]


def test_what_was_measured_on_what_is_told_in_full(tmp_path: Path) -> None:
    folder = made_run(tmp_path, conditions=Conditions(ambient_c=21.5, cooling="fan"))
    told = dict(circumstances(gather(folder)).rows)
    assert told["Board, model"] == "Raspberry Pi 4 Model B Rev 1.4"
    assert (told["Conditions, ambient c"], told["Conditions, cooling"]) == ("21.5", "fan")
    assert "boundary usb-input, uncertainty of a sample 1.00%, every 0.1 s" in told["Meter (samples.csv)"]
    assert "image sha256:" in told["Caffe, call caffe"]
    assert "blas: OpenBLAS 0.3.29" in told["Caffe, build"]


def test_published_speeds_are_those_of_the_same_kind_of_board() -> None:
    boards = ["Pi 3B, 1.2 GHz", "Raspberry Pi 3B+", "Pi 4B 1.8 GHz, 4 threads", "Pi 5", "Pi Zero 2 W"]
    references = [Reference(board, "s", "nin", 1.0, "x") for board in boards]
    for model, expected in [
        ("Raspberry Pi 3 Model B Rev 1.2", boards[:1]),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", boards[1:2]),
        ("Raspberry Pi 4 Model B Rev 1.4", boards[2:3]),
        ("Raspberry Pi 5 Model B Rev 1.0", boards[3:4]),
        ("Raspberry Pi Zero 2 W Rev 1.0", boards[4:]),
        ("AMD EPYC", []),
    ]:
        assert [reference.board for reference in of_board(references, model)] == expected


def test_published_speeds_are_read_and_a_missing_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "published.csv"
    assert read_references(file) == []
    file.write_text(HEADER + "Pi 5,ncnn,nin,7.4,README\n")
    assert read_references(file) == [Reference("Pi 5", "ncnn", "nin", 7.4, "README")]


@pytest.mark.parametrize("content", ["board,model\nPi 5,nin\n", HEADER + "Pi 5,ncnn,nin,fast,x\n", HEADER + "Pi 5\n"])
def test_published_speeds_that_can_t_be_read_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "published.csv"
    file.write_text(content)
    with pytest.raises(UserError, match="it needs the columns board, software, model, latency_ms, source"):
        read_references(file)


def test_markdown_keeps_the_labels() -> None:
    fields = {"status": "ok", "weights": "synthetic", "power_w_mean": 4.0, "boundary": "simulated"}
    text = markdown([row(**fields), row(model="googlenet", status="failed")])
    assert "| OpenCV | Network in Network° |" in text
    assert "| ~4.00 |" in text
    assert "| OpenCV | GoogLeNet |  |  |  |  |  |  |  |  | failed |" in text
    assert "`~` rests on simulated power" in text
    assert "`°` synthetic weights" in text


def test_latex_is_escaped_and_keeps_the_labels() -> None:
    text = latex([row(status="ok", board="A & B_C 100%", power_w_mean=4.0, boundary="simulated")])
    assert r"Measured on A \& B\_C 100\%." in text
    assert r"Top-1 [\%]" in text
    assert r"$\sim$4.00" in text
    assert text.count(r"\\") == 2


def test_parquet_holds_what_results_csv_holds(tmp_path: Path) -> None:
    folder = made_run(tmp_path, cells=with_cell(made_cells(), "caffe", "nin", status="failed", error="no | way"))
    write_exports(gather(folder).rows, folder.path)
    frame = fastparquet.ParquetFile(str(folder.path / "results.parquet")).to_pandas()
    with (folder.path / "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert tuple(frame.columns) == RESULT_COLUMNS
    for found, line in zip(frame.to_dict("records"), lines):
        for name, value in found.items():
            if pd.isna(value):
                assert line[name] == "", name
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                assert float(line[name]) == value, name
            else:
                assert line[name] == str(value), name


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, int]:
    """A run with a failed cell, merged with its report, and the exit code of that."""
    results = tmp_path_factory.mktemp("results")
    cells = with_cell(made_cells()[:2], "opencv", "nin", status="failed", error="x")
    folder = made_run(results / "runs", cells=cells)
    return folder, CliRunner().invoke(app, ["merge", "--report", "--results", str(results)]).exit_code


def test_one_run_s_report_is_written_into_its_folder(reported: tuple[RunFolder, int]) -> None:
    folder, _ = reported
    assert {file.name for file in folder.path.iterdir()} >= OUTPUTS
    figures = {file.name for file in (folder.path / "figures").iterdir()}
    assert len(figures) == 22
    assert {"figure-1-accuracy.svg", "figure-4-merit.png", "timeline.svg"} <= figures


def test_merging_may_write_the_report_too_and_keeps_its_exit_code(reported: tuple[RunFolder, int]) -> None:
    folder, exit_code = reported
    assert exit_code == 1
    assert (folder.path / "report.html").exists()


def test_the_same_records_give_the_same_figures_and_page(reported: tuple[RunFolder, int]) -> None:
    folder, _ = reported
    names = ["report.html", "figures/figure-2-throughput.svg", "figures/timeline.png", "results.md"]
    first = [(folder.path / name).read_bytes() for name in names]
    for name in names:
        (folder.path / name).unlink()
    done = CliRunner().invoke(app, ["report", "--results", str(folder.path.parents[1])])
    assert done.exit_code == 0, done.output
    assert [(folder.path / name).read_bytes() for name in names] == first


def test_several_runs_reports_go_into_a_folder_of_their_own(tmp_path: Path) -> None:
    for number, board in enumerate(["Raspberry Pi 3 Model B Rev 1.2", "Raspberry Pi 5 Model B Rev 1.0"]):
        made_run(tmp_path / "runs", f"r{number}", made_cells()[:2], board=board)
    done = CliRunner().invoke(app, ["report", "r0", "r1", "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
    report = tmp_path / "report"
    with (report / "results.csv").open(newline="") as file:
        assert [line["run_id"] for line in csv.DictReader(file)] == ["r0", "r0", "r1", "r1"]
    assert len(list((report / "figures").iterdir())) == 10
    assert not (tmp_path / "runs" / "r0" / "report.html").exists()


def test_what_a_board_is_called_can_t_become_part_of_the_page_s_code(tmp_path: Path) -> None:
    folder = made_run(tmp_path, cells=made_cells()[:1], board="</script><script>alert(1)</script>")
    gathered = gather(folder)
    drawn, _ = run_charts(gathered, [])
    written = page([gathered], drawn, [circumstances(gathered)], dict.fromkeys((chart.name for chart in drawn), b""))
    assert "<script>alert" not in written
    assert json.loads((folder.path / "results.json").read_text())["board"]["model"].startswith("</script>")
