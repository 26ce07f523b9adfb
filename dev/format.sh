#!/usr/bin/env bash
# Formats Swift sources in place, or with --check fails on what is out of form. Generated code is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1-}" in
  "") command=(swift format format --in-place --parallel) ;;
  --check) command=(swift format lint --strict --parallel) ;;
  *) echo "usage: dev/format.sh [--check]" >&2; exit 2 ;;
esac

folders=()
for folder in Sources Tests Fuzz Benchmarks; do [ ! -d "$folder" ] || folders+=("$folder"); done
mapfile -d '' -t sources < <(find Package.swift "${folders[@]}" -name Generated -prune -o -name '*.swift' -print0)
"${command[@]}" "${sources[@]}"

if [ "${1-}" = --check ]; then
  for script in dev/*.sh .ci/run; do bash -n "$script"; done
  echo "lint: ${#sources[@]} Swift files are in form"
fi
