#!/bin/sh
# Compiles the cv2 module of /src for the target platform into /out.
#
# One file for every image: the limited API and numpy 2's headers let it run on Python 3.9 with numpy 1.26 as well as on
# newer ones, so that preprocessing is the same to the bit whatever the framework.
set -eu
. /toolchain/target.sh

include=/sysroot/usr/include
openblas=/usr/lib/$triplet/openblas-pthread/libopenblas.so.0

# Nothing but the module's entry point is visible: Caffe2's own OpenCV and protobuf in the same process would get mixed
# up with these, else.
mkdir /build
echo '{ global: PyInit_cv2; local: *; };' > /build/exports

cmake -S /src -B /build -G Ninja \
	-DCMAKE_TOOLCHAIN_FILE=/toolchain/toolchain.cmake \
	-DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_C_COMPILER_LAUNCHER=ccache \
	-DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
	-DCMAKE_INSTALL_PREFIX=/out \
	-DCMAKE_MODULE_LINKER_FLAGS=-Wl,--version-script=/build/exports \
	-DBUILD_LIST=core,dnn,imgcodecs,imgproc,python3 \
	-DBUILD_SHARED_LIBS=OFF \
	-DBUILD_JPEG=ON \
	-DBUILD_PNG=ON \
	-DBUILD_ZLIB=ON \
	-DBUILD_PERF_TESTS=OFF \
	-DBUILD_TESTS=OFF \
	-DBUILD_opencv_apps=OFF \
	-DOPENCV_DOWNLOAD_PATH=/build/downloads \
	-DOPENCV_PYTHON3_INSTALL_PATH=. \
	-DOPENCV_SKIP_PYTHON_LOADER=ON \
	-DPYTHON3_EXECUTABLE=/usr/bin/python3 \
	-DPYTHON3_INCLUDE_PATH="$include/python3.9" \
	-DPYTHON3_LIMITED_API=ON \
	-DPYTHON3_NUMPY_INCLUDE_DIRS=/numpy \
	-DPYTHON3_CVPY_SUFFIX=.abi3.so \
	-DWITH_LAPACK=ON \
	-DOpenBLAS_FOUND=ON \
	-DOpenBLAS_INCLUDE_DIRS="$include/$triplet/openblas-pthread;$include" \
	-DOpenBLAS_LIBRARIES="/sysroot$openblas" \
	-DWITH_ADE=OFF \
	-DWITH_AVIF=OFF \
	-DWITH_EIGEN=OFF \
	-DWITH_IPP=OFF \
	-DWITH_ITT=OFF \
	-DWITH_JASPER=OFF \
	-DWITH_KLEIDICV=OFF \
	-DWITH_OBSENSOR=OFF \
	-DWITH_OPENCL=OFF \
	-DWITH_OPENEXR=OFF \
	-DWITH_OPENJPEG=OFF \
	-DWITH_TIFF=OFF \
	-DWITH_V4L=OFF \
	-DWITH_VA=OFF \
	-DWITH_WEBP=OFF

cmake --build /build --target opencv_python3

mkdir /out
"$triplet-strip" -o /out/cv2.abi3.so /build/lib/python3/cv2.abi3.so
/toolchain/build-info.sh opencv "$OPENCV_VERSION" "opencv-python-headless source distribution" \
	"$(sed -n 's/.*C++ flags (Release): *\(.*\)\\n"$/\1/p' /build/version_string.tmp)" "$openblas" \
	> /out/build-info.json
