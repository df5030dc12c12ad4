#!/bin/sh
# One shard of a cell's labelled images, on whichever machine Slurm gives it:
#   sbatch --array=1-64 accuracy.sh RUN FRAMEWORK MODEL 64 [options of 'bench classify']
# Only those that are missing: --array=4,7. In the folder that this is typed in, every machine has the same clone, and
# 'python3 -m bench prepare --images FOLDER' behind it.
#SBATCH --job-name=bench-accuracy
#SBATCH --output=slurm-%x.log
#SBATCH --open-mode=append
#SBATCH --exclusive
#SBATCH --requeue
set -eu
run=$1 framework=$2 model=$3 shards=$4
shift 4
exec python3 -m bench classify "$framework" --models "$model" --run "$run" \
	--shard "$SLURM_ARRAY_TASK_ID/$shards" --machine "$SLURMD_NODENAME" "$@"
