"""A model of the user's own, from its ONNX file to the recommendation, as typed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper

from bench.prepare.formats.onnx import load
from bench.prepare.images.decode import generated_picture
from bench.records.columns import Results
from bench.records.store import read_record
from bench.runs.find import find_run
from tests.made.onnx_files import mobile, save
from tests.made.program import bench


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with a run of a file, which is gone since, on ten labelled images."""
    results = tmp_path_factory.mktemp("own")
    file, pictures = mobile(results / "my_net.onnx"), results / "pictures"
    pictures.mkdir()
    for number in range(10):
        cv2.imwrite(str(pictures / f"{number}.png"), generated_picture(number))
    (pictures / "val.txt").write_text("".join(f"{number}.png {number}\n" for number in range(10)))
    given = ["--models", "my_net", "--profile", "smoke", "--accuracy-images", 10, "--results", results, "--run", "r"]
    inputs = ["--onnx", file, "--images", pictures]
    done = bench("prepare", *inputs, "--precision", "fp32,int8", "--frameworks", "opencv", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "! my_net: its input is taken as RGB, mean 123.675,116.28,103.53" in done.stdout
    file.unlink()
    done = bench("run", "opencv", *given)
    assert done.returncode == 0, done.stdout + done.stderr
    done = bench("merge", "r", "--end", "--report", "--results", results)
    assert done.returncode == 0, done.stdout + done.stderr
    return results


def test_it_is_measured_in_every_precision_by_the_run_s_own_records(measured: Path) -> None:
    results = read_record(find_run(measured / "runs", "r").path / "results.json", Results)
    cells = [(row.model, row.precision, row.weights, row.status) for row in results.rows]
    assert cells == [("my_net", "fp32", "own", "ok"), ("my_net", "int8", "own", "ok")]
    assert [row.images_classified for row in results.rows] == [10, 8], "two calibrated it"
    assert all(row.top1 is not None for row in results.rows) and results.rows[1].top1_loss is not None
    (own,) = results.plan.own
    assert (own.file, own.width, own.order, own.classes) == ("my_net.onnx", 32, "RGB", 1000)


def test_where_nothing_is_prepared_the_run_is_still_read(measured: Path, tmp_path: Path) -> None:
    shutil.copytree(measured / "runs", tmp_path / "runs")
    for command, words in {
        ("verify", "r"): "no fault",
        ("status", "r"): "my_net",
        ("merge", "r"): "my_net§",
        ("report", "r"): "report.html",
        ("recommend", "r", "--goal", "throughput"): "use OpenCV with my_net",
        ("compare", "r", "r"): "my_net int8",
    }.items():
        done = bench(*command, "--results", tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert words in done.stdout
    page = (tmp_path / "runs" / "r" / "report.html").read_text()
    assert re.search(r"my_net\.onnx \([0-9a-f]{12}\), 32×32 RGB, mean 123\.675,116\.28,103\.53", page)


def truncated(folder: Path) -> Path:
    file = mobile(folder / "x.onnx")
    file.write_bytes(file.read_bytes()[:1000])
    return file


def external(folder: Path) -> Path:
    made = onnx.load(mobile(folder / "x.onnx"))
    external_data_helper.convert_model_to_external_data(made, location="x.data", size_threshold=0)
    onnx.save(made, folder / "x.onnx")
    return folder / "x.onnx"


def dynamic(folder: Path) -> Path:
    return changed(folder, lambda made: setattr(made.graph.input[0].type.tensor_type.shape.dim[2], "dim_param", "h"))


def second(folder: Path) -> Path:
    more = helper.make_tensor_value_info("more", TensorProto.FLOAT, [1])
    return changed(folder, lambda made: made.graph.input.append(more))


def unsupported(folder: Path) -> Path:
    return changed(folder, lambda made: setattr(made.graph.node[1], "op_type", "Mish"))


def old(folder: Path) -> Path:
    return changed(folder, lambda made: setattr(made.opset_import[0], "version", 6))


def infinite(folder: Path) -> Path:
    def change(made: onnx.ModelProto) -> None:
        array = onnx.numpy_helper.to_array(made.graph.initializer[0]).copy()
        array.flat[0] = np.inf
        made.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(array, made.graph.initializer[0].name))

    return changed(folder, change)


def changed(folder: Path, change: object) -> Path:
    made = onnx.load(mobile(folder / "x.onnx"))
    change(made)  # type: ignore[operator]
    return save(folder / "x.onnx", made)


def huge(folder: Path) -> Path:
    file = folder / "x.onnx"
    with file.open("wb") as content:
        content.truncate(load.MAX_BYTES + 1)  # of holes
    return file


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "gone.onnx", "can't be read"),
        (lambda folder: save(folder / "resnet50.onnx", onnx.ModelProto()), "means the catalog's resnet50"),
        (truncated, "is damaged or no ONNX file"),
        (external, "keeps its weights in another file"),
        (dynamic, "leaves the size of its input image"),
        (second, "has 2 inputs"),
        (unsupported, r"its node HardSwish_1 is a Mish \(opset 18\)"),
        (old, "is of opset 6"),
        (infinite, "not finite"),
        (huge, "is 1,073,741,825 bytes"),
    ],
)
def test_a_file_that_can_t_be_taken_is_one_sentence_before_anything_is_changed(
    make: object, words: str, tmp_path: Path
) -> None:
    file = make(tmp_path)  # type: ignore[operator]
    done = bench("prepare", "--onnx", file, "--results", tmp_path / "results")
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(words, done.stderr), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results" / "prepared").exists()
