"""What is left of a benchmark without the harness: load, warm up, loop. Prints images per second and peak memory.

Usage: bare.py FRAMEWORK PROTOTXT CAFFEMODEL INPUT OUTPUT SIZE SCALE MEAN THREADS WARM_UP IMAGES PIXELS
PIXELS is an .npy file of images, or `none`: then only memory is of interest, and nothing but the framework is loaded.
"""

import json
import os
import sys
import time

framework, prototxt, caffemodel, source, sink, size, scale, mean, threads, warm_up, images, pixels = sys.argv[1:]
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = threads
side = int(size)

import numpy as np  # noqa: E402  (after the threads are set)

if framework == "caffe":
    os.environ["GLOG_minloglevel"] = "2"
    import caffe

    caffe.set_mode_cpu()
    net = caffe.Net(prototxt, caffemodel, caffe.TEST)

    def infer(blob):
        net.blobs[source].data[...] = blob
        net.forward()
        return net.blobs[sink].data.reshape(-1).copy()
else:
    import cv2

    cv2.setNumThreads(int(threads))
    net = cv2.dnn.readNetFromCaffe(prototxt, caffemodel)

    def infer(blob):
        net.setInput(blob, source)
        return net.forward().reshape(-1)


if pixels == "none":
    infer(np.zeros((1, 3, side, side), np.float32))
    fps = None
else:
    import cv2

    pictures = np.load(pixels)
    first = (256 - side) // 2
    means = tuple(float(part) for part in mean.split(","))

    def one(index):
        crop = pictures[index % len(pictures)][first : first + side, first : first + side]
        infer(cv2.dnn.blobFromImage(crop, float(scale), mean=means))

    for index in range(int(warm_up)):
        one(index)
    begin = time.perf_counter()
    for index in range(int(images)):
        one(index)
    fps = int(images) / (time.perf_counter() - begin)

peak_kib = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))  # noqa: PTH123, SIM115
print(json.dumps({"fps": fps, "peak_mib": peak_kib / 1024}))
