#!/bin/sh
# Slurm's Prolog: a board on which a run would be wasted (full disk, under-voltage, held back by heat) gets no job. It is
# drained, with the reason in 'sinfo --list-reasons', and what it should have done goes to another.
# In slurm.conf: Prolog=/etc/slurm/prolog.sh. It runs as root; what it asks, it asks as the job's user in the clone.
clone=/home/pi/pi-dnn-bench
path=/usr/local/bin:/usr/bin:/bin
set -eu
cd "$clone"
home=$(getent passwd "$SLURM_JOB_USER" | cut -d: -f6)
exec runuser -u "$SLURM_JOB_USER" -- env HOME="$home" PATH="$path" python3 -m bench doctor
