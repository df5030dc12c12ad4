#!/bin/sh
# Compiles pycaffe from the sources in /src for the target platform into /out.
set -eu
. /toolchain/target.sh

include=/sysroot/usr/include
openblas=/usr/lib/$triplet/openblas-pthread/libopenblas.so.0
optimisation='-O3 -DNDEBUG'

cmake -S /recipe -B /build -G Ninja \
	-DCMAKE_TOOLCHAIN_FILE=/toolchain/toolchain.cmake \
	-DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_CXX_FLAGS_RELEASE="$optimisation" \
	-DCAFFE_SOURCE=/src \
	-DDEPENDENCY_INCLUDES="$include/$triplet/openblas-pthread;$include/python3.9;/numpy" \
	-DOPENBLAS="/sysroot$openblas"
cmake --build /build

mkdir -p /out/caffe
"$triplet-strip" -o /out/caffe/_caffe.so /build/_caffe.so
cp /recipe/__init__.py /out/caffe/
# Image reading and Python 2, which would pull in scikit-image, scipy and six.
sed -E /src/python/caffe/pycaffe.py \
	-e '/^import (caffe\.io|six)$/d' \
	-e 's/six\.iteritems\((\w+)\)/\1.items()/' \
	-e 's/six\.next\(six\.itervalues\(([a-z_.]+)\)\)/next(iter(\1.values()))/g' > /out/caffe/pycaffe.py

/toolchain/build-info.sh caffe "$CAFFE_VERSION" "Debian source package caffe" "$cpu_flags $optimisation" "$openblas" \
	> /out/build-info.json
