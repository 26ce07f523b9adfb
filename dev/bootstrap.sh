#!/usr/bin/env bash
# Installs what is missing to build and test: packages of Debian or a relative of it, and a Python environment in .venv
# for the end-to-end tests. Does nothing, quickly, when nothing is missing.
#
#   dev/bootstrap.sh           what building and testing need
#   dev/bootstrap.sh --bench   what the benchmarks need besides
#   dev/bootstrap.sh --operate what the tests of monitoring and backups need besides
#   dev/bootstrap.sh --images  what building images without an engine, and testing them, needs besides
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "bootstrap: $*"; }
fail() { echo "bootstrap: $*" >&2; exit 1; }

# How to see that a thing is there, and the package that brings it.
needs=(
  "command git git"
  "command pkg-config pkg-config"
  "library libnghttp2 libnghttp2-dev"
  "library libprotobuf-c libprotobuf-c-dev"
  "library zlib zlib1g-dev"
  "library libpq libpq-dev"
  "library hiredis libhiredis-dev"
  "library libsodium libsodium-dev"
  "library libxxhash libxxhash-dev"
  "library libxml-2.0 libxml2-dev"
  "command protoc protobuf-compiler"
  "command protoc-c protobuf-c-compiler"
  "file include/google/protobuf/any.proto libprotobuf-dev"
  "module ensurepip python3-venv"
  "command redis-server redis-server"
  "command redis-cli redis-tools"
  "command openssl openssl"
  "postgres initdb postgresql"
  "command chromium chromium"
  "command pgbackrest pgbackrest"
)
case "${1-}" in
  "") ;;
  --bench)
    needs+=(
      "command make make"
      "command g++ g++"
      "command taskset util-linux"
      "command nghttp nghttp2-client"
      "command h2load nghttp2-client"
      "command redis-benchmark redis-tools"
      "command nghttpd nghttp2-server"
      "command nginx nginx-light"
      "command wrk wrk"
      "library grpc++ libgrpc++-dev"
      "command grpc_cpp_plugin protobuf-compiler-grpc"
    )
    ;;
  --operate)
    needs+=(
      "command promtool prometheus"
      "command amtool prometheus-alertmanager"
      "command prometheus-node-exporter prometheus-node-exporter"
      "command prometheus-postgres-exporter prometheus-postgres-exporter"
      "command prometheus-redis-exporter prometheus-redis-exporter"
      "command ip iproute2"
    )
    ;;
  --images)
    needs+=(
      "command buildah buildah"
      "command debootstrap debootstrap"
      "command strip binutils"
      "command podman podman"
      "command runc runc"
      "file lib/podman/netavark netavark"
      "file lib/podman/aardvark-dns aardvark-dns"
    )
    ;;
  *) echo "usage: dev/bootstrap.sh [--bench | --operate | --images]" >&2; exit 2 ;;
esac

is_there() {
  case "$1" in
    command) command -v "$2" >/dev/null || [ -x "/usr/sbin/$2" ] ;;
    library) command -v pkg-config >/dev/null && pkg-config --exists "$2" ;;
    file) [ -e "/usr/$2" ] || [ -e "/usr/local/$2" ] ;;
    module) command -v python3 >/dev/null && python3 -c "import $2" 2>/dev/null ;;
    # Debian keeps the server's programs out of PATH.
    postgres) command -v "$2" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$2" >/dev/null ;;
  esac
}

missing_packages() {
  local kind name package
  for need in "${needs[@]}"; do
    read -r kind name package <<<"$need"
    is_there "$kind" "$name" || echo "$package"
  done | sort -u
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    fail "this system has no apt-get. Install what your distribution has for these Debian packages, then run this" \
      "again: ${missing[*]}"
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      fail "neither root nor sudo here. Let an administrator run: apt-get install ${missing[*]}"
    fi
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -eq 0 ] || fail "installed, yet still not found: ${missing[*]}"
}

check_swift() {
  command -v swift >/dev/null || fail "swift is missing. Install Swift 6.3 or newer from swift.org and put it in PATH."
  local text version major minor
  # Read whole: `grep -m1` on the pipe would break it under pipefail.
  text=$(swift --version 2>/dev/null)
  version=$(grep -oE 'Swift version [0-9]+\.[0-9]+' <<<"$text" | grep -oE '[0-9]+\.[0-9]+') ||
    fail "cannot read the version of $(command -v swift): $text"
  major=${version%%.*} minor=${version#*.}
  if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; }; then
    fail "$(command -v swift) is Swift $version; 6.3 or newer is needed"
  fi
}

make_venv() {
  local requirements=Tests/EndToEnd/requirements.txt stamp=.venv/requirements.stamp wanted
  wanted=$(python3 --version; cat "$requirements")
  if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
  say "making .venv from $requirements"
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements" ||
    fail "pip could not install $requirements; see its message above"
  echo "$wanted" >"$stamp"
}

check_swift
install_packages
make_venv
say "everything is there"
