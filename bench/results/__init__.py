"""Derives the table from a run's records."""
