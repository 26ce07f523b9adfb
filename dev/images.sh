#!/usr/bin/env bash
# Builds the images with buildah, which needs neither a daemon nor a container runtime of its own: commands run in a chroot,
# layers are overlays where the kernel lets us, and plain copies (vfs) elsewhere. Images go to a store of this project,
# .build/images, as localhost/fiyatradari/NAME:VERSION; its file `driver` says how it keeps layers.
#
#   dev/images.sh                 builds the programs here, with Swift's runtime linked in
#   BINARIES=DIR dev/images.sh    takes them from a folder
#   BASE_IMAGE=NAME               the Debian to take libraries from; by default one that debootstrap makes here
#   IMAGES="catalog edge"         only these
set -euo pipefail
cd "$(dirname "$0")/.."

version=${VERSION:-dev}
store=${IMAGE_STORE:-$PWD/.build/images}
maximum=$((150 * 1024 * 1024))
declare -A executables=(
  [catalog]=catalog-service [pricing]=pricing-service [notifier]=notifier-service [edge]=edge-gateway [fiyat]=fiyat
)
names=(catalog pricing notifier edge fiyat)
[ -z "${IMAGES-}" ] || read -r -a names <<<"$IMAGES"
say() { echo "images: $*"; }
fail() { echo "images: $*" >&2; exit 1; }
for command in buildah debootstrap; do
  command -v "$command" >/dev/null || [ -x "/usr/sbin/$command" ] || fail "$command is missing; run: dev/bootstrap.sh --images"
done
for name in "${names[@]}"; do [ -n "${executables[$name]-}" ] || fail "no image $name: expected ${!executables[*]}"; done

mkdir -p "$store"
if [ ! -e "$store/driver" ]; then
  mkdir -p "$store/try/lower" "$store/try/upper" "$store/try/work" "$store/try/merged"
  options=lowerdir=$store/try/lower,upperdir=$store/try/upper,workdir=$store/try/work
  if unshare --mount mount -t overlay -o "$options" try "$store/try/merged" 2>/dev/null; then
    echo overlay >"$store/driver"
  else
    echo vfs >"$store/driver"
  fi
  rm -rf "$store/try"
fi
driver=$(cat "$store/driver")
build() { buildah --root "$store/storage" --runroot "$store/run" --storage-driver "$driver" "$@"; }
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
mkdir -p "$context/prebuilt" "$context/dev"
cp Dockerfile "$context/"
cp dev/image-root.sh "$context/dev/"

base=${BASE_IMAGE:-localhost/fiyatradari/base:bookworm}
if [ -z "${BASE_IMAGE-}" ] && ! build inspect --type image "$base" >/dev/null 2>&1; then
  say "a Debian to take libraries from"
  tree=$store/debian
  rm -rf "$tree"
  # The mirror, the keys and the trust of this machine: apt works inside as it does outside.
  /usr/sbin/debootstrap --variant=minbase --include=ca-certificates bookworm "$tree" "${MIRROR:-http://deb.debian.org/debian}" >"$store/debootstrap.log" 2>&1 ||
    { tail -n 5 "$store/debootstrap.log" >&2; fail "debootstrap failed; its log: $store/debootstrap.log"; }
  container=$(build from scratch)
  build add "$container" "$tree" / >/dev/null
  build commit --quiet --rm "$container" "$base" >/dev/null
  rm -rf "$tree"
fi

revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
for name in "${names[@]}"; do
  target=prebuilt
  # It serves nobody, so there is nobody to ask how it is.
  [ "$name" != fiyat ] || target=prebuilt-tool
  executable=${executables[$name]} image=localhost/fiyatradari/$name:$version
  if [ -n "${BINARIES-}" ]; then
    [ -x "$BINARIES/$executable" ] || fail "BINARIES=$BINARIES has no $executable"
    cp "$BINARIES/$executable" "$context/prebuilt/"
  else
    say "building $executable"
    dev/release.sh "$executable"
    cp "$(dev/release.sh --path)/$executable" "$context/prebuilt/"
  fi
  strip "$context/prebuilt/$executable"
  build bud --isolation chroot --pull-never --layers --format docker --target "$target" \
    --build-arg BASE_IMAGE="$base" --build-arg EXECUTABLE="$executable" --build-arg VERSION="$version" \
    --build-arg REVISION="$revision" -t "$image" "$context" >"$store/$name.log" 2>&1 ||
    { tail -n 20 "$store/$name.log" >&2; fail "$image cannot be built; its log: $store/$name.log"; }
  container=$(build from --pull-never "$image")
  root=$(build mount "$container")
  bytes=$(du -s --block-size=1 "$root" | cut -f1)
  build umount "$container" >/dev/null
  build rm "$container" >/dev/null
  say "$image: $((bytes / 1024 / 1024)) MiB"
  [ "$bytes" -le "$maximum" ] || fail "$image is larger than $((maximum / 1024 / 1024)) MiB"
done
