"""Logs of other programs, laid over a run."""
