"""What is left of a benchmark without the harness: load, warm up, loop, on a framework's own interface alone.

Usage: bare.py '{"framework": …, "model": FOLDER, "pixels": FILE.npy, "threads": N, …}'

Loads, warms up, prints {"ready": …}; then for every line "SECONDS" on standard input measures images for so long and
prints their times. With "pixels" null it infers once and prints its peak memory: nothing but the framework is loaded.
"""

import json
import os
import sys
import time
from pathlib import Path

WARM_UP = 20

job = json.loads(sys.argv[1])
model = Path(job["model"])
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


def measure(infer, pictures, seconds):
    """Return preprocessing and inference of each image, in nanoseconds."""
    import cv2

    first = (256 - side) // 2
    times = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        picture = pictures[len(times) % len(pictures)]
        begin = time.perf_counter_ns()
        crop = picture[first : first + side, first : first + side]
        infer(cv2.dnn.blobFromImage(crop, record["scale"], mean=tuple(record["mean"])))
        times.append(time.perf_counter_ns() - begin)
    return times


def peak_mib():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


infer = {"opencv": opencv, "caffe": caffe}[job["framework"]]()
if job["pixels"] is None:
    infer(np.zeros((1, 3, side, side), np.float32))
    print(json.dumps({"peak_mib": peak_mib()}))
else:
    pictures = np.load(job["pixels"])
    for _ in range(WARM_UP):
        infer(np.zeros((1, 3, side, side), np.float32))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(infer, pictures, float(line))), flush=True)
