"""The process that samples power beside a run."""
