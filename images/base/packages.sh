#!/bin/sh
# Installs the hash-locked requirements in $1 for the target platform into /opt/bench, compiled and without their tests.
#
# Without resolving anything: pip would take the markers of the builder's platform, and the lock is complete.
set -eu
. /toolchain/target.sh

/base/pip.sh install --requirement "$1" --target /opt/bench --no-compile --no-deps --only-binary :all: --require-hashes \
	--platform "manylinux_2_28_$machine" --platform "manylinux2014_$machine"
rm -rf /opt/bench/bin
find /opt/bench -type d \( -name test -o -name tests \) -prune -exec rm -rf {} +
python3 -m compileall -q /opt/bench
