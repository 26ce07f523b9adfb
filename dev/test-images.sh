#!/usr/bin/env bash
# Tests the images that `make images` has built: what is in them, the mesh that compose.yaml and the manifests make of them
# in podman's containers, and the whole mesh's end-to-end tests with every service in the root of its image. Needs root.
#
#   dev/test-images.sh [TOOLS]     TOOLS has market-sim, fiyat and mesh-fill; .build/debug if not given
#   PARTS="containers mesh"        only these
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "test-images: $*" >&2; exit 1; }
[ $# -le 1 ] || fail "usage: dev/test-images.sh [TOOLS]"
[ "$(id -u)" -eq 0 ] || fail "needs root, for containers with limits and to become the images' user"
tools=$(cd "${1:-.build/debug}" 2>/dev/null && pwd) || fail "${1:-.build/debug} is no folder; run: make build"
for tool in market-sim fiyat mesh-fill; do
  [ -x "$tools/$tool" ] || fail "$tools has no $tool; run: make build"
done
export IMAGE_STORE=${IMAGE_STORE:-$PWD/.build/images}
[ -e "$IMAGE_STORE/driver" ] || fail "there are no images in $IMAGE_STORE; run: make images"
parts=" ${PARTS:-containers mesh} "

if [[ $parts == *" containers "* ]]; then
  dev/test-operate.sh --only-environment
  .venv-operate/bin/python -m pytest Tests/Operate/images
fi

[[ $parts == *" mesh "* ]] || exit 0
programs=$(mktemp -d) roots=$IMAGE_STORE/roots
store() {
  buildah --root "$IMAGE_STORE/storage" --runroot "$IMAGE_STORE/run" --storage-driver "$(cat "$IMAGE_STORE/driver")" "$@"
}
trap 'rm -rf "$programs" "$roots"' EXIT
for pair in catalog:catalog-service pricing:pricing-service notifier:notifier-service edge:edge-gateway; do
  name=${pair%:*} image=localhost/fiyatradari/${pair%:*}:${VERSION:-dev}
  container=$(store from --pull-never "$image") || fail "there is no $image; run: make images"
  rm -rf "${roots:?}/$name"
  mkdir -p "$roots/$name"
  cp -a "$(store mount "$container")/." "$roots/$name"
  store umount "$container" >/dev/null
  store rm "$container" >/dev/null
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$PWD/dev/in-image.sh" "$roots/$name" >"$programs/${pair#*:}"
  chmod +x "$programs/${pair#*:}"
done
for tool in market-sim fiyat mesh-fill; do ln -s "$tools/$tool" "$programs/$tool"; done
export FIYATRADARI_BIN=$programs
.venv/bin/python -m pytest Tests/Operate/smoke
.venv/bin/python -m pytest Tests/EndToEnd/whole
