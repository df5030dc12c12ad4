#!/bin/sh
# What 'bench fleet doctor' asks of each board: as whom a job runs there, the time, of which source bench and its images
# are, and what 'bench doctor' finds there.
#   srun --nodes=1 --nodelist=pi-1 --immediate=10 sh -s < doctor.sh
set -u
label=org.pi-dnn-bench.source

tell() {
	echo "clock $(date +%s)"
	echo "user $(id -un) $(id -u)"
	echo "groups $(id -Gn)"
	echo "source $(python3 -m bench.source)"
	docker images --quiet --filter "label=$label" 2> /dev/null | sort -u | while read -r image; do
		echo "image $(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$image")"
	done
	echo "findings $(python3 -m bench doctor --json "$@" | tr -d '\n')"
}

tell "$@" < /dev/null
