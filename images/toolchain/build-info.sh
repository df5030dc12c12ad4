#!/bin/sh
# Prints as JSON how a framework was compiled: build-info.sh FRAMEWORK VERSION SOURCE FLAGS BLAS
set -eu
# shellcheck disable=SC2154 # target.sh exports triplet
cat << JSON
{
  "framework": "$1",
  "version": "$2",
  "source": "$3",
  "compiler": "$("$triplet-g++" --version | head -n 1)",
  "flags": "$4",
  "blas": "$5",
  "target": "$triplet",
  "debian": "$(cat /etc/debian_version)"
}
JSON
