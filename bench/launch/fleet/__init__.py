"""Many boards, and accuracy over many machines: what is asked of Slurm, which schedules. Nothing here does."""
