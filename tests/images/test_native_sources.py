"""A framework's own files of a model, from the user's folder to a row of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from bench.catalog import native_sources
from bench.records.columns import Row
from bench.records.notes.results import OwnWeights
from bench.results.merge import merge
from bench.runs.open import all_runs
from tests.images.conftest import NATIVE, PLATFORMS, Run

pytestmark = pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")

FREEZE = """
import tensorflow as tf
from pathlib import Path
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from bench.frameworks.tensorflow.graph import network
from bench.prepare.network.graph import read_graph
from bench.prepare.models.prepared import PreparedModel
from bench.prepare.network.weights import read_weights
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
from bench.prepare.models.prepared import PreparedModel
model = PreparedModel(Path("/results/prepared/squeezenet_v1.1"))
ensure_converted("caffe2", caffe2, model)
for name in ("init_net.pb", "predict_net.pb"):
    shutil.copy(caffe2.converted(model) / name, Path("/own/squeezenet_v1.1"))
print("true")
"""


SAVE = """
import sys
import numpy as np
import tensorflow.compat.v1 as tf

model, prefix, version = sys.argv[1:]
generator = np.random.default_rng(0)

def variable(name, shape, low, high):
    return tf.get_variable(name, initializer=generator.uniform(low, high, shape).astype("float32"))

def layer(x, scope, kernel, channels, stride, top, depthwise=False, gamma=False):
    with tf.variable_scope(scope):
        inputs = int(x.shape[-1])
        outputs = inputs if depthwise else channels
        spread = (6 / (kernel * kernel * (1 if depthwise else inputs))) ** 0.5
        if depthwise:
            filters = variable("depthwise_weights", (kernel, kernel, inputs, 1), -spread, spread)
            x = tf.nn.depthwise_conv2d(x, filters, (1, stride, stride, 1), "SAME")
        else:
            filters = variable("weights", (kernel, kernel, inputs, outputs), -spread, spread)
            x = tf.nn.conv2d(x, filters, stride, "SAME")
        with tf.variable_scope("BatchNorm"):
            beta = variable("beta", outputs, -0.1, 0.1)
            scale = variable("gamma", outputs, 0.8, 1.2) if gamma else tf.ones(outputs)
            mean, variance = variable("moving_mean", outputs, -0.1, 0.1), variable("moving_variance", outputs, 0.5, 1.5)
        x, *_ = tf.nn.fused_batch_norm(x, scale, beta, mean, variance, epsilon=0.001, is_training=False)
        return tf.minimum(tf.nn.relu(x), top)

def classes(x, scope):
    with tf.variable_scope(scope):
        x = tf.nn.avg_pool2d(x, 7, 1, "VALID")
        filters = variable("weights", (1, 1, int(x.shape[-1]), 1001), -0.3, 0.3)
        biases = variable("biases", 1001, -1, 1)
        return tf.nn.softmax(tf.reshape(tf.nn.conv2d(x, filters, 1, "SAME") + biases, (1, -1)))

def googlenet(x):
    mixed = {
        "Mixed_3b": (64, 96, 128, 16, 32, 32), "Mixed_3c": (128, 128, 192, 32, 96, 64),
        "Mixed_4b": (192, 96, 208, 16, 48, 64), "Mixed_4c": (160, 112, 224, 24, 64, 64),
        "Mixed_4d": (128, 128, 256, 24, 64, 64), "Mixed_4e": (112, 144, 288, 32, 64, 64),
        "Mixed_4f": (256, 160, 320, 32, 128, 128), "Mixed_5b": (256, 160, 320, 32, 128, 128),
        "Mixed_5c": (384, 192, 384, 48, 128, 128),
    }
    top = float("inf")
    with tf.variable_scope("InceptionV1"):
        x = layer(x, "Conv2d_1a_7x7", 7, 64, 2, top)
        x = tf.nn.max_pool2d(x, 3, 2, "SAME")
        x = layer(x, "Conv2d_2b_1x1", 1, 64, 1, top)
        x = layer(x, "Conv2d_2c_3x3", 3, 192, 1, top)
        for name, (a, b, c, d, e, f) in mixed.items():
            if name in ("Mixed_3b", "Mixed_4b"):
                x = tf.nn.max_pool2d(x, 3, 2, "SAME")
            if name == "Mixed_5b":
                x = tf.nn.max_pool2d(x, 2, 2, "SAME")
            second = "Branch_2/Conv2d_0a_3x3" if name == "Mixed_5b" else "Branch_2/Conv2d_0b_3x3"
            with tf.variable_scope(name):
                x = tf.concat([
                    layer(x, "Branch_0/Conv2d_0a_1x1", 1, a, 1, top),
                    layer(layer(x, "Branch_1/Conv2d_0a_1x1", 1, b, 1, top), "Branch_1/Conv2d_0b_3x3", 3, c, 1, top),
                    layer(layer(x, "Branch_2/Conv2d_0a_1x1", 1, d, 1, top), second, 3, e, 1, top),
                    layer(tf.nn.max_pool2d(x, 3, 1, "SAME"), "Branch_3/Conv2d_0b_1x1", 1, f, 1, top),
                ], axis=3)
        return classes(x, "Logits/Conv2d_0c_1x1")

def mobilenet(x):
    rows = [(1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), *[(1, 512)] * 5, (2, 1024), (1, 1024)]
    with tf.variable_scope("MobilenetV1"):
        x = layer(x, "Conv2d_0", 3, 32, 2, 6, gamma=True)
        for index, (stride, channels) in enumerate(rows, start=1):
            x = layer(x, f"Conv2d_{index}_depthwise", 3, 0, stride, 6, depthwise=True, gamma=True)
            x = layer(x, f"Conv2d_{index}_pointwise", 1, channels, 1, 6, gamma=True)
        return classes(x, "Logits/Conv2d_1c_1x1")

blob = generator.uniform(-1, 1, (1, 3, 224, 224)).astype("float32")
with tf.Graph().as_default(), tf.Session() as session:
    tf.train.create_global_step()
    image = tf.placeholder(tf.float32, (1, 224, 224, 3))
    probabilities = {"googlenet": googlenet, "mobilenet_v1_1.0_224": mobilenet}[model](image)
    session.run(tf.global_variables_initializer())
    saver = tf.train.Saver(write_version=int(version))
    saver.save(session, f"/own/{model}/{prefix}", write_meta_graph=False, write_state=False)
    expected = session.run(probabilities, {image: blob[:, ::-1].transpose(0, 2, 3, 1)})
np.savez(f"/own/{model}.npz", blob=blob, expected=expected[0, 1:])
print("true")
"""
"""TF-Slim's networks as its own code builds them, layer for layer, on random weights: a checkpoint and an answer."""

COMPARE = """
import sys
from pathlib import Path
import numpy as np
from bench.frameworks import tensorflow
from bench.frameworks.conversion import ensure_converted
from bench.prepare.models.prepared import PreparedModel
name = sys.argv[1]
model = PreparedModel(Path(f"/results/prepared/{name}@tf-slim"))
ensure_converted("tensorflow", tensorflow, model)
known = np.load(f"/own/{name}.npz")
found = tensorflow.load(model, 2).infer(known["blob"])
print([float(abs(found - known["expected"]).max()), float(known["expected"].max())])
"""


@pytest.mark.parametrize(
    ("model", "prefix", "version"),
    [("googlenet", "inception_v1.ckpt", 1), ("mobilenet_v1_1.0_224", "mobilenet_v1_1.0_224.ckpt", 2)],
)
def test_tf_slim_s_checkpoints_give_the_probabilities_of_its_own_code(
    run: Run, tmp_path: Path, model: str, prefix: str, version: int
) -> None:
    own, results = tmp_path / "own", tmp_path / "results"
    (own / model).mkdir(parents=True)
    results.mkdir()
    options = [f"--user={os.getuid()}:{os.getgid()}", f"--volume={results}:/results", f"--volume={own}:/own"]
    python = ["--entrypoint=python3", *options]

    made = run("tensorflow", NATIVE, "-c", SAVE, model, prefix, str(version), options=python)
    assert made.returncode == 0, made.stderr
    vouch_for(own, model)
    prepare = ("prepare", "--source=tf-slim", f"--models={model}", "--weights=/own", "--results=/results")
    done = run("tools", NATIVE, *prepare, options=options)
    assert done.returncode == 0, done.stderr

    done = run("tensorflow", NATIVE, "-c", COMPARE, model, options=python)
    assert done.returncode == 0, done.stderr
    difference, largest = json.loads(done.stdout.splitlines()[-1])
    assert difference < 1e-5 < 0.01 < largest


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
    for name in ("images", model):
        shutil.copytree(prepared / name, results / "prepared" / name)
    options = [f"--user={os.getuid()}:{os.getgid()}", f"--volume={results}:/results", f"--volume={own}:/own"]

    made = run(framework, NATIVE, "-c", program, options=["--entrypoint=python3", *options])
    assert made.returncode == 0, made.stderr
    vouch_for(own, model)

    plan = (f"--models={model}", "--profile=smoke", "--accuracy-images=100", "--results=/results")
    done = run(framework, NATIVE, "run", framework, *plan, options=options)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run("tools", NATIVE, "prepare", f"--source={source}", "--weights=/own", *plan, options=options)
    assert done.returncode == 0, done.stderr
    done = run(framework, NATIVE, "run", framework, "--results=/results", options=options)
    assert done.returncode == 0, done.stdout + done.stderr

    shared, native = (merge(folder) for folder in all_runs(results / "runs"))
    assert OwnWeights(source=source) in native.warnings
    assert accuracies(native.rows) == accuracies(shared.rows) == [accuracy]
    assert native.rows[0].weights_sha256 != shared.rows[0].weights_sha256


@pytest.mark.parametrize(
    ("source", "framework", "expected"),
    [
        ("tf-slim", "tensorflow", {"mobilenet_v1_1.0_224": (0.91, 0.98)}),
        ("tf-quant", "litert", {"mobilenet_v1_1.0_224_tf": (0.85, 0.98), "mobilenet_v2_1.0_224": (0.92, 0.98)}),
        ("tf2-quant", "litert", {"mobilenet_v2_1.0_224": (0.93, 0.99)}),
    ],
)
def test_published_files_recognise_the_photographs(
    run: Run,
    prepared: Path,
    shared_models: Path,
    tmp_path: Path,
    source: str,
    framework: str,
    expected: dict[str, tuple[float, float]],
) -> None:
    results = tmp_path / "results"
    shutil.copytree(prepared / "images", results / "prepared" / "images")
    user = f"--user={os.getuid()}:{os.getgid()}"
    options = [user, f"--volume={results}:/results", f"--volume={shared_models}:/models:ro"]
    plan = (f"--models={','.join(expected)}", "--profile=smoke", "--accuracy-images=100", "--results=/results")
    done = run("tools", NATIVE, "prepare", f"--source={source}", "--weights=/models", *plan, options=options)
    assert done.returncode == 0, done.stderr
    done = run(framework, NATIVE, "run", framework, "--results=/results", options=options)
    assert done.returncode == 0, done.stdout + done.stderr

    (folder,) = all_runs(results / "runs")
    precision = native_sources()[source].precision
    rounding = 0.02 if precision == "int8" else 0  # kernels of integers do so each in its way
    rows = merge(folder).rows
    assert [(row.model, row.precision) for row in rows] == [(name, precision) for name in expected]
    for row in rows:
        assert (row.top1, row.top5) == pytest.approx(expected[row.model], abs=rounding + 1e-9)
        (record,) = folder.repetitions(framework, row.model, precision)
        assert precision != "int8" or record.build_info["computed_in"]["float"] == 0


def vouch_for(own: Path, model: str) -> None:
    files = sorted((own / model).iterdir())
    digests = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {model}/{file.name}\n" for file in files]
    (own / "SHA256SUMS").write_text("".join(digests))


def accuracies(rows: list[Row]) -> list[tuple[float | None, float | None]]:
    return [(row.top1, row.top5) for row in rows]
