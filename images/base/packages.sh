#!/bin/sh
# Installs the hash-locked requirements in $1 (where @machine stands for the target's) for the target platform into
# /opt/bench, compiled and without their tests.
#
# Without resolving anything: pip would take the markers of the builder's platform, and the lock is complete.
set -eu
. /toolchain/target.sh

lock=$(mktemp)
# For 32-bit ARM PyPI has no numpy, and only a protobuf that takes minutes for a model: there they are Debian's.
awk -v skip="$([ "$machine" != armv7l ] || echo ' numpy protobuf ')" \
	'/^[a-z]/ { split($1, part, "=="); omit = index(skip, " " part[1] " ") } !omit' \
	"$(echo "$1" | sed "s/@machine/$machine/")" > "$lock"
/base/pip.sh install --requirement "$lock" --target /opt/bench --no-compile --no-deps --only-binary :all: --require-hashes \
	--platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" --platform "manylinux2014_$machine"
rm -rf /opt/bench/bin
# TensorFlow has a `test` that it imports.
find /opt/bench -name tensorflow -prune -o -type d \( -name test -o -name tests \) -prune -exec rm -rf {} +
python3 -m compileall -q /opt/bench
