#!/bin/sh
# Installs the hash-locked requirements of /recipe for the target platform into /opt/bench, compiled and without their tests.
#
# DEBIANS are packages that the image has from Debian; BELOW, where set, is the lock of the layer below, which has been
# installed there, but for those; DROP are paths in /opt/bench, patterns
# of the shell, that are left out; ARCHITECTURES, where set, are those that PyPI has: for others nothing is installed.
#
# Without resolving anything: pip would take the markers of the builder's platform, and the lock is complete.
set -eu
. /toolchain/target.sh

mkdir -p /opt/bench
case " ${ARCHITECTURES:-$TARGETARCH} " in
*" $TARGETARCH "*) ;;
*) exit ;;
esac
lock=/recipe/requirements-$machine.lock
[ -e "$lock" ] || lock=/recipe/requirements.lock
# shellcheck disable=SC2086 # nothing, or one word
python3 /base/wanted.py "$machine" "${DEBIANS:-}" "$lock" ${BELOW:-} > /tmp/wanted.lock

# pip does not know that a newer C library runs what was compiled for an older one.
set --
for minor in $(seq 17 "$(getconf GNU_LIBC_VERSION | sed 's/.*\.//')"); do
	set -- "$@" --platform "manylinux_2_${minor}_$machine"
done
/base/pip.sh install --requirement /tmp/wanted.lock --target /opt/bench --no-compile --no-deps --only-binary :all: \
	--require-hashes --platform "manylinux2014_$machine" "$@"
cd /opt/bench
rm -rf bin
# TensorFlow has a `test` that it imports.
find . -name tensorflow -prune -o -type d \( -name test -o -name tests \) -prune -exec rm -rf {} +
# shellcheck disable=SC2086 # patterns, of which some match on one platform alone
rm -rf ${DROP:-}
python3 -m compileall -q .
