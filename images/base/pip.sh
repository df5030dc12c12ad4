#!/bin/sh
# pip, trusting the certificates in the optional build secret `ca` (for builders behind an intercepting proxy).
set -eu
if [ -s /run/secrets/ca ]; then
	export PIP_CERT=/run/secrets/ca
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
exec python3 -m pip "$@"
