# Sourced by build steps: what Debian, GCC and Python's wheels call the target platform, and the oldest processor it must
# run on.
case $TARGETARCH$TARGETVARIANT in
amd64*) debian_arch=amd64 triplet=x86_64-linux-gnu machine=x86_64 cpu_flags=-march=x86-64 ;;
arm64*) debian_arch=arm64 triplet=aarch64-linux-gnu machine=aarch64 cpu_flags=-march=armv8-a ;;
armv7) debian_arch=armhf triplet=arm-linux-gnueabihf machine=armv7l cpu_flags='-march=armv7-a -mfpu=neon-vfpv4' ;;
*) echo "target.sh: no toolchain for '$TARGETARCH$TARGETVARIANT'" >&2 && exit 1 ;;
esac
export debian_arch triplet machine cpu_flags
