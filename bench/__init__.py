"""Benchmark DNN frameworks on a Raspberry Pi: speed, accuracy, watts, and correct images per joule."""

import os

# ONNX Runtime reports its use from the moment it is imported on: a thread, and files in the user's home. Not from here.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
