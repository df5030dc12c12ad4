"""LiteRT: the adapter, and the writer of its files."""

from bench.frameworks.litert.adapter import build_info, convert, converted, load

__all__ = ["build_info", "convert", "converted", "load"]
