#!/bin/sh
# A benchmark of one board, which no other job uses meanwhile:
#   sbatch --nodelist=pi-1 board.sh RUN [options of 'bench up']
# In the folder that this is typed in, every board has the same clone. A board that was lost goes on where it was: it is
# the same command again.
#SBATCH --job-name=bench-board
#SBATCH --output=slurm-%x.log
#SBATCH --open-mode=append
#SBATCH --exclusive
#SBATCH --requeue
set -eu
run=$1
shift
exec python3 -m bench up --run "$run-$SLURMD_NODENAME" "$@"
