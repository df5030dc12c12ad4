"""PyTorch: the adapter, and the module that is built of the neutral graph."""

from bench.frameworks.pytorch.adapter import build_info, load

__all__ = ["build_info", "load"]
