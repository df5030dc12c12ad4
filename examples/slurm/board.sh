#!/bin/sh
# A benchmark of one board, which no other job uses meanwhile:
#   sbatch -w pi-1 examples/slurm/board.sh RUN [options of 'bench up']
# A board that was lost goes on where it was: it is the same command again.
#SBATCH --job-name=bench-board
#SBATCH --exclusive
#SBATCH --requeue
#SBATCH --open-mode=append
set -eu
run=$1
shift
exec python3 -m bench up --run "$run-$SLURMD_NODENAME" "$@"
