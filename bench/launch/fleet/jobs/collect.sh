#!/bin/sh
# A board's run, and the shards that it made, as an archive on the output; nothing where it has neither:
#   srun --nodes=1 --nodelist=pi-1 --immediate=10 sh -s -- results/runs sept-pi-1 sept < collect.sh | tar -tz
# A simulated board's tree stays where it is, and so do files that a write has not finished.
set -eu
runs=$1 run=$2 fleet=$3
cd "$runs" 2> /dev/null || exec tar -cz --files-from /dev/null
for found in "$run" "$fleet/shards"; do
	if [ -d "$found" ]; then printf '%s\n' "$found"; fi
done | tar -cz --exclude "$run/board" --exclude '.*' --files-from -
