#!/bin/sh
# Slurm's Prolog: a board on which a run would be wasted (full disk, under-voltage, held back by heat) gets no job. It is
# drained, with the reason in 'sinfo --list-reasons', and what it should have done goes to another.
# In slurm.conf: Prolog=/etc/slurm/prolog.sh. It runs as root; what it asks, it asks as the job's user in the clone.
clone=/home/pi/pi-dnn-bench
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
set -eu
export PATH # Slurm gives none
cd "$clone"
home=$(getent passwd "$SLURM_JOB_USER" | cut -d: -f6)
found=$(timeout 240 runuser -u "$SLURM_JOB_USER" -- env HOME="$home" python3 -m bench doctor) && exit 0
why=$(echo "$found" | sed -n 's/^fail  *//p' | head -n 1 | tr -s ' ')
scontrol update "nodename=$SLURMD_NODENAME" state=drain "reason=bench doctor: ${why:-does not run}"
exit 1
