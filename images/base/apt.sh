#!/bin/sh
# apt-get for build steps: `apt.sh install PACKAGE...` or `apt.sh source PACKAGE`, with packages cached in /apt and
# nothing left behind in the image.
#
# DEBIAN_MIRROR, where set, replaces scheme and host of every Debian source, e.g. http://mirror.example
set -eu

# Work on a copy of /etc/apt, so that a build's mirror does not end up in the image.
etc=$(mktemp -d) && chmod 755 "$etc"
trap 'rm -rf "$etc"' EXIT
cp -r /etc/apt/. "$etc"
edit_sources() { # sed expression
	find "$etc" \( -name '*.list' -o -name '*.sources' \) -exec sed -E -i "$1" {} +
}
if [ -n "${DEBIAN_MIRROR:-}" ]; then
	edit_sources "s#https?://[^/ ]+#$DEBIAN_MIRROR#"
fi
if [ "$1" = source ]; then
	edit_sources 's/^deb (.*)/&\ndeb-src \1/; s/^Types: deb$/& deb-src/'
fi

# Directories of our own, because Debian's images are set up to empty apt's default ones after every run.
mkdir -p /apt/archives/partial /apt/lists/partial
apt() {
	apt-get -qq -o Dir::Etc="$etc" -o Dir::Cache=/apt -o Dir::State::lists=/apt/lists "$@"
}

export DEBIAN_FRONTEND=noninteractive
apt update
case $1 in
install) shift && apt install --yes --no-install-recommends "$@" ;;
source) shift && apt source --download-only "$@" ;;
esac
