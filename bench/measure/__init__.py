"""Measuring: the supervisor, the worker and its windows, the profiles."""
