#!/usr/bin/env bash
# Starts the mesh from the images that `EXPORT=… make images` has left, each service as its image's user on a read-only
# root, and runs the end-to-end tests of the whole mesh on it.
#
#   dev/smoke-images.sh ROOTS TOOLS     ROOTS/catalog … are images' roots; TOOLS has market-sim, fiyat and mesh-fill
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "smoke-images: $*" >&2; exit 1; }
[ $# -eq 2 ] || fail "usage: dev/smoke-images.sh ROOTS TOOLS"
[ "$(id -u)" -eq 0 ] || fail "needs root, to mount and to become the images' user"
roots=$(cd "$1" && pwd) tools=$(cd "$2" && pwd)

programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
for pair in catalog:catalog-service pricing:pricing-service notifier:notifier-service edge:edge-gateway; do
  [ -x "$roots/${pair%:*}/service" ] || fail "$roots/${pair%:*} has no /service: EXPORT=$roots make images"
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$PWD/dev/in-image.sh" "$roots/${pair%:*}" >"$programs/${pair#*:}"
  chmod +x "$programs/${pair#*:}"
done
for tool in market-sim fiyat mesh-fill; do
  [ ! -x "$tools/$tool" ] || ln -s "$tools/$tool" "$programs/$tool"
done
export FIYATRADARI_BIN=$programs
.venv/bin/python -m pytest Tests/Operate/images
.venv/bin/python -m pytest Tests/EndToEnd/whole
