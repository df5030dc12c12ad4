"""A framework's own files of a model, from the user's folder to a row of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from bench.results.merge import merge
from bench.results.runs import all_runs
from bench.results.schema import Row
from tests.images.conftest import NATIVE, PLATFORMS, Run

pytestmark = pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")

FREEZE = """
import tensorflow as tf
from pathlib import Path
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from bench.frameworks.tensorflow_graph import network
from bench.prepare.graph import read_graph
from bench.prepare.prepared import PreparedModel
from bench.prepare.weights import read_weights
model = PreparedModel(Path("/results/prepared/googlenet"))
net = network(read_graph(model.graph_json), read_weights(model.weights_npz))

@tf.function(input_signature=[tf.TensorSpec((1, 224, 224, 3), tf.float32, name="input")])
def slim(x):
    bgr = tf.reverse(x * 127.5 + 127.5, [3]) - tf.constant(model.record.mean)
    return tf.concat([tf.zeros((1, 1)), net.infer(tf.transpose(bgr, (0, 3, 1, 2)))], axis=1)

frozen = convert_variables_to_constants_v2(slim.get_concrete_function()).graph.as_graph_def()
Path("/own/googlenet/inception_v1_2016_08_28_frozen.pb").write_bytes(frozen.SerializeToString())
print("true")
"""
"""GoogLeNet as TF-Slim would publish it: RGB between -1 and 1, a background class, no names of ours."""

TRANSLATE = """
import shutil
from pathlib import Path
from bench.frameworks import caffe2
from bench.frameworks.conversion import ensure_converted
from bench.prepare.prepared import PreparedModel
model = PreparedModel(Path("/results/prepared/squeezenet_v1.1"))
ensure_converted("caffe2", caffe2, model)
for name in ("init_net.pb", "predict_net.pb"):
    shutil.copy(caffe2.converted(model) / name, Path("/own/squeezenet_v1.1"))
print("true")
"""


@pytest.mark.parametrize(
    ("source", "framework", "model", "program", "accuracy"),
    [
        ("tf-slim", "tensorflow", "googlenet", FREEZE, (0.80, 0.92)),
        ("caffe2-zoo", "caffe2", "squeezenet_v1.1", TRANSLATE, (0.64, 0.87)),
    ],
)
def test_a_framework_s_own_files_are_measured_as_other_weights(
    run: Run,
    prepared: Path,
    tmp_path: Path,
    source: str,
    framework: str,
    model: str,
    program: str,
    accuracy: tuple[float, float],
) -> None:
    own, results = tmp_path / "own", tmp_path / "results"
    (own / model).mkdir(parents=True)
    shutil.copytree(prepared, results / "prepared")
    options = [f"--user={os.getuid()}:{os.getgid()}", f"--volume={results}:/results", f"--volume={own}:/own"]

    made = run(framework, NATIVE, "-c", program, options=["--entrypoint=python3", *options])
    assert made.returncode == 0, made.stderr
    files = sorted((own / model).iterdir())
    digests = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {model}/{file.name}\n" for file in files]
    (own / "SHA256SUMS").write_text("".join(digests))

    prepare = ("prepare", f"--source={source}", f"--models={model}", "--weights=/own", "--results=/results")
    done = run("tools", NATIVE, *prepare, options=options)
    assert done.returncode == 0, done.stderr
    measure = ("run", framework, f"--models={model}", "--profile=smoke", "--accuracy-images=100", "--results=/results")
    for flags in ([], [f"--source={source}"]):
        done = run(framework, NATIVE, *measure, *flags, options=options)
        assert done.returncode == 0, done.stdout + done.stderr

    shared, native = (merge(folder) for folder in all_runs(results / "runs"))
    assert native.warnings == [f"measured on {source}'s own weights (--source), not on those that frameworks share"]
    assert accuracies(native.rows) == accuracies(shared.rows) == [accuracy]
    assert native.rows[0].weights_sha256 != shared.rows[0].weights_sha256


def accuracies(rows: list[Row]) -> list[tuple[float | None, float | None]]:
    return [(row.top1, row.top5) for row in rows]
