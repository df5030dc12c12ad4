#!/bin/sh
# Installs the hash-locked requirements in $1 (where @machine stands for the target's) for the target platform into
# /opt/bench, compiled and without their tests.
#
# Without resolving anything: pip would take the markers of the builder's platform, and the lock is complete.
set -eu
. /toolchain/target.sh
lock=$(echo "$1" | sed "s/@machine/$machine/")

/base/pip.sh install --requirement "$lock" --target /opt/bench --no-compile --no-deps --only-binary :all: --require-hashes \
	--platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" --platform "manylinux2014_$machine"
rm -rf /opt/bench/bin
# TensorFlow has a `test` that it imports.
find /opt/bench -name tensorflow -prune -o -type d \( -name test -o -name tests \) -prune -exec rm -rf {} +
python3 -m compileall -q /opt/bench
