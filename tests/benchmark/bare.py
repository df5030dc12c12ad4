"""What is left of a benchmark without the harness: load, warm up, loop, on a framework's own interface alone.

Usage: bare.py '{"framework": NAME, "model": FOLDER, "converted": FOLDER, "pixels": FILE.npy, "threads": N,
"adapter": false}'

Loads, warms up, and prints its peak memory; then for every line "images SECONDS" on standard input it prints how many
nanoseconds each image took within that time, and for "sgemm SECONDS" how many multiply-adds per second OpenBLAS makes.
With `pixels` null an image's time is inference alone, with `threads` null the framework's own default holds, with
`adapter` true `bench`'s adapter loads and infers. All compute in float32: what a framework would do by itself with less
is another precision.
"""

import ctypes
import json
import os
import sys
import time
from pathlib import Path

WARM_UP = 20
SGEMM_SIZE = 768

job = json.loads(sys.argv[1])
model, converted = Path(job["model"]), Path(job["converted"])
record = json.loads((model / "model.json").read_text())
side, source, sink = record["height"], record["input_name"], record["output_name"]
if job["threads"]:
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(job["threads"])

import numpy as np  # noqa: E402  (after the threads are set)


def opencv():
    import cv2

    if job["threads"]:
        cv2.setNumThreads(job["threads"])
    net = cv2.dnn.readNetFromCaffe(str(model / "deploy.prototxt"), str(model / "weights.caffemodel"))

    def infer(blob):
        net.setInput(blob, source)
        return net.forward().reshape(-1)

    return infer


def tensorflow():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    import tensorflow as tf

    # All processors it takes by itself, as the adapter lets it.
    if job["threads"] and job["threads"] != len(os.sched_getaffinity(0)):
        tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(1)
    module = tf.saved_model.load(str(converted))  # which owns the weights
    function = module.infer.get_concrete_function()

    def infer(blob, _module=module):
        return function(tf.constant(blob)).numpy().reshape(-1)

    return infer


def caffe():
    os.environ["GLOG_minloglevel"] = "2"
    import caffe

    caffe.set_mode_cpu()
    net = caffe.Net(str(model / "deploy.prototxt"), str(model / "weights.caffemodel"), caffe.TEST)

    def infer(blob):
        net.blobs[source].data[...] = blob
        net.forward()
        return net.blobs[sink].data.reshape(-1).copy()

    return infer


def caffe2():
    from caffe2.proto import caffe2_pb2
    from caffe2.python import core, workspace

    threads = [f"--caffe2_omp_num_threads={job['threads']}"] if job["threads"] else []
    core.GlobalInit(["caffe2", "--caffe2_log_level=2", *threads])
    nets = []
    for name in ("init_net.pb", "predict_net.pb"):
        nets.append(caffe2_pb2.NetDef())
        nets[-1].ParseFromString((converted / name).read_bytes())
    workspace.RunNetOnce(nets[0])
    workspace.CreateBlob(source)
    workspace.CreateNet(nets[1])

    def infer(blob):
        workspace.FeedBlob(source, blob)
        workspace.RunNet(nets[1].name)
        return workspace.FetchBlob(sink).reshape(-1)

    return infer


def onnxruntime():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if job["threads"]:
        options.intra_op_num_threads = job["threads"]
    session = onnxruntime.InferenceSession(str(model / "model.onnx"), options, providers=["CPUExecutionProvider"])
    return lambda blob: session.run(None, {source: blob})[0].reshape(-1)


def ncnn():
    import ncnn

    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    if job["threads"]:
        net.opt.num_threads = job["threads"]
    net.load_param(str(converted / "model.param"))
    net.load_model(str(converted / "model.bin"))

    def infer(blob):
        extractor = net.create_extractor()
        extractor.input("in", ncnn.Mat(blob[0]).clone())
        return np.array(extractor.extract("out")[1]).reshape(-1)

    return infer


def litert():
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(converted / "model.tflite"), num_threads=job["threads"])
    interpreter.allocate_tensors()
    (first,), (last,) = interpreter.get_input_details(), interpreter.get_output_details()

    def infer(blob):
        interpreter.set_tensor(first["index"], blob)
        interpreter.invoke()
        return interpreter.get_tensor(last["index"]).reshape(-1)

    return infer


def openvino():
    import openvino

    core = openvino.Core()
    threads = {"INFERENCE_NUM_THREADS": job["threads"]} if job["threads"] else {}
    properties = {"INFERENCE_PRECISION_HINT": "f32", **threads}
    request = core.compile_model(core.read_model(str(model / "model.onnx")), "CPU", properties).create_infer_request()
    return lambda blob: request.infer({0: blob})[0].reshape(-1)


def mnn():
    import MNN

    interpreter = MNN.Interpreter(str(converted / "model.mnn"))
    session = interpreter.createSession({"numThread": job["threads"]} if job["threads"] else {})
    first, last = interpreter.getSessionInput(session), interpreter.getSessionOutput(session)

    def tensor(array):
        return MNN.Tensor(array.shape, MNN.Halide_Type_Float, array, MNN.Tensor_DimensionType_Caffe)

    def infer(blob, _interpreter=interpreter):
        first.copyFrom(tensor(blob))
        _interpreter.runSession(session)
        output = tensor(np.empty(last.getShape(), np.float32))
        last.copyToHostTensor(output)
        return np.array(output.getNumpyData()).reshape(-1)

    return infer


def pytorch():
    import torch

    from bench.frameworks.pytorch.graph import Network
    from bench.prepare.network.graph import read_graph
    from bench.prepare.network.weights import read_weights

    if job["threads"]:
        torch.set_num_threads(job["threads"])
    module = Network(read_graph(model / "graph.json"), read_weights(model / "weights.npz")).eval()
    with torch.inference_mode():
        module = torch.jit.freeze(torch.jit.trace(module, torch.zeros(1, 3, side, side)))
        if int(torch.__version__.partition(".")[0]) >= 2:
            module = torch.jit.optimize_for_inference(module)

    def infer(blob):
        with torch.inference_mode():
            return module(torch.from_numpy(blob)).numpy().reshape(-1)

    return infer


def executorch():
    import torch
    from executorch.extension.pybindings import portable_lib
    from executorch.runtime import Runtime

    if job["threads"]:
        portable_lib._unsafe_reset_threadpool(job["threads"])
    program = Runtime.get().load_program(converted / "model.pte")
    method = program.load_method("forward")
    return lambda blob, _program=program: method.execute([torch.from_numpy(blob)])[0].numpy().reshape(-1)


def adapted():
    from bench import frameworks
    from bench.prepare.models.prepared import PreparedModel

    return frameworks.adapter(job["framework"]).load(PreparedModel(model), job["threads"]).infer


def images(seconds):
    """Return the nanoseconds that each image took."""
    times = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        begin = time.perf_counter_ns()
        infer(blob_of(len(times)))
        times.append(time.perf_counter_ns() - begin)
    return times


def sgemm(seconds):
    """Return the multiply-adds per second of a product of square matrices."""
    (path,) = Path("/usr/lib").glob("*/openblas-pthread/libopenblas.so.0")
    library, size = ctypes.CDLL(str(path)), SGEMM_SIZE
    a, b, c = (np.ones((size, size), np.float32) for _ in range(3))
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (a, b, c)]
    one = ctypes.c_float(1)
    count, begin = 0, time.perf_counter()
    while time.perf_counter() < begin + seconds:
        # Row-major, neither transposed (CblasRowMajor, CblasNoTrans).
        library.cblas_sgemm(
            *(101, 111, 111, size, size, size, one, pointers[0], size, pointers[1], size, one, pointers[2], size)
        )
        count += 1
    return count * size**3 / (time.perf_counter() - begin)


def preprocessing():
    """Return the function that makes the blob of an image: with pixels as `bench` does, else a constant one."""
    if job["pixels"] is None:
        blob = np.random.default_rng(0).normal(size=(1, 3, side, side)).astype(np.float32)
        return lambda _: blob
    import cv2

    pictures, first = np.load(job["pixels"]), (256 - side) // 2
    crops = pictures[:, first : first + side, first : first + side]
    mean = tuple(record["mean"])
    return lambda index: cv2.dnn.blobFromImage(crops[index % len(crops)], record["scale"], mean=mean)


def peak_mib():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


infer = adapted() if job["adapter"] else globals()[job["framework"]]()
blob_of = preprocessing()
for index in range(WARM_UP):
    infer(blob_of(index))
print(json.dumps({"peak_mib": peak_mib()}), flush=True)
for line in sys.stdin:
    what, seconds = line.split()
    print(json.dumps({"images": images, "sgemm": sgemm}[what](float(seconds))), flush=True)
