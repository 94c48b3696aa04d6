#!/bin/sh
# handler.zip for a function on `arm64` or `x64` (Amazon Linux 2023, glibc), made on any machine.
set -eu
npm install --omit=dev --os=linux --cpu="${1:-arm64}" --libc=glibc --no-audit --no-fund
rm -f handler.zip
zip --quiet --recurse-paths handler.zip handler.mjs package.json node_modules
