#!/usr/bin/env bash
# Builds optimised products, all of them when none is named, always with the same options, so that what is measured is
# what runs in images: Swift's runtime linked in, no run-time checks of exclusive access (docs/decisions/0034).
#
#   dev/release.sh [PRODUCT…]
#   dev/release.sh --path    only prints the folder of the executables
set -euo pipefail
cd "$(dirname "$0")/.."

options=(-c release --static-swift-stdlib -Xlinker --as-needed -Xlinker --gc-sections
  -Xswiftc -enforce-exclusivity=unchecked)
if [ "${1-}" = --path ]; then
  exec swift build "${options[@]}" --show-bin-path
fi
if [ $# -eq 0 ]; then
  exec swift build "${options[@]}" -j "${JOBS:-2}"
fi
for product in "$@"; do
  swift build "${options[@]}" -j "${JOBS:-2}" --product "$product"
done
