"""A cell's third axis, the precision: float32 where nobody says otherwise, with files of its own elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalog.paper import paper
from bench.decide.claims import judge
from bench.decide.compare import compare
from bench.measure.profiles import find_profile
from bench.records.columns import Row
from bench.records.run import Plan
from bench.records.schema import Repetition, Variant
from bench.results.load import read_rows
from bench.results.merge import derive, merge
from bench.runs.folder import RunFolder
from bench.runs.inventory import foreign_files, recorded_files
from tests.made.rows import made_row, made_rows
from tests.made.runs import MadeCell, made_run

KEPT = Path(__file__).parents[2] / "fixtures" / "runs" / "schema-2"


def test_float32_has_the_names_that_there_were_before() -> None:
    assert [Variant("nin").name, Variant("nin", "int8").name] == ["nin", "nin@int8"]


def test_a_run_and_a_table_of_before_are_read_as_float32() -> None:
    folder = RunFolder(KEPT)
    assert folder.read_run().plan.precisions == ["fp32"]
    assert {record.precision for record in folder.repetitions("opencv", "googlenet")} == {"fp32"}
    assert {row.precision for row in read_rows(KEPT / "results.csv")} == {"fp32"}
    assert {row.precision for row in derive(folder).rows} == {"fp32"}


def test_a_plan_has_every_model_in_every_precision() -> None:
    plan = Plan(
        profile=find_profile("smoke"),
        threads=1,
        models=["nin", "googlenet"],
        precisions=["fp32", "int8"],
        models_sha256={},
        images_sha256="",
        seed=1,
    )
    assert [variant.name for variant in plan.variants] == ["nin", "nin@int8", "googlenet", "googlenet@int8"]


@pytest.fixture
def both(tmp_path: Path) -> RunFolder:
    """A run of one cell in float32 and, a copy of it, in int8."""
    folder = made_run(tmp_path / "runs", cells=[MadeCell("opencv", "nin")])
    run = folder.read_run()
    folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"precisions": ["fp32", "int8"]})}))
    for record in folder.repetitions("opencv", "nin"):
        folder.write_repetition(record.model_copy(update={"precision": "int8"}))
    folder.predictions("opencv", "nin", "int8").write_bytes(folder.predictions("opencv", "nin").read_bytes())
    return folder


def test_each_precision_has_files_and_a_row_of_its_own(both: RunFolder) -> None:
    names = {path.relative_to(both.path).as_posix() for path in recorded_files(both)}
    assert {"cells/opencv/nin@int8/rep-01.json", "predictions/opencv/nin@int8.csv"} <= names
    assert foreign_files(both) == []
    rows = merge(both).rows
    assert [(row.model, row.precision, row.status) for row in rows] == [("nin", "fp32", "ok"), ("nin", "int8", "ok")]
    assert rows[0].top1 == rows[1].top1


def test_a_record_in_the_folder_of_another_precision_is_not_used(both: RunFolder) -> None:
    record: Repetition = both.repetitions("opencv", "nin")[0]
    both.write_repetition(record)
    file = both.cell("opencv", "nin", "int8") / "rep-01.json"
    file.write_bytes((both.cell("opencv", "nin") / "rep-01.json").read_bytes())
    found = both.records("opencv", "nin", "int8")
    assert found.good == []
    assert "it is the record of repetition 1 of opencv nin" in str(found.problems[0])


def test_the_paper_s_findings_are_judged_in_float32() -> None:
    slow = made_row("opencv", "squeezenet_v1.1", precision="int8", throughput_fps=0.1)
    assert judge(paper(), [*made_rows(), slow], False) == judge(paper(), made_rows(), False)


def test_a_cell_is_compared_with_its_own_precision() -> None:
    rows: list[Row] = [made_row("opencv", "nin"), made_row("opencv", "nin", precision="int8", throughput_fps=9.0)]
    cells = compare(rows, rows[1:])
    assert [(cell.precision, cell.verdict) for cell in cells] == [("fp32", "can't tell"), ("int8", "can't tell")]
    assert cells[0].why == ["the second: not measured"]
    assert cells[1].ratios["throughput"].ratio == 1
