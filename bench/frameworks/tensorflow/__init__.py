"""TensorFlow: the adapter, and the ways its networks are built."""

from bench.frameworks.tensorflow.adapter import build_info, convert, converted, load

__all__ = ["build_info", "convert", "converted", "load"]
