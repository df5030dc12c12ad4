"""Benchmark DNN frameworks on a Raspberry Pi: speed, accuracy, watts, and correct images per joule."""

__version__ = "0.1.0"
