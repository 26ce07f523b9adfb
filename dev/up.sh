#!/usr/bin/env bash
# The whole of Fiyatradari on this machine, with the demo market: installs and builds what is missing, starts everything,
# waits until it is ready, imports the market's past, and says where things are. Data, logs and secrets are in .run/.
#
#   dev/up.sh              an optimised build
#   BUILD=debug dev/up.sh  the build that `make build` makes
#   DATA=DIR dev/up.sh     without the demo market: imports the catalogues in DIR (docs/import.md)
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BUILD:-release}
dev/bootstrap.sh
echo "up: building ($build; the first time this takes some minutes)"
build() {
  if [ "$build" = release ]; then dev/release.sh "$1"; else swift build -c "$build" -j "${JOBS:-2}" --product "$1"; fi
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
products=(catalog-service pricing-service notifier-service edge-gateway market-sim fiyat)
for index in "${!products[@]}"; do
  echo "up: [$((index + 1))/${#products[@]}] ${products[index]}"
  if ! build "${products[index]}" >"$log" 2>&1; then
    grep -E 'error' "$log" >&2 || tail -n 40 "$log" >&2
    echo "up: ${products[index]} cannot be built" >&2
    exit 1
  fi
done
if [ "$build" = release ]; then binaries=$(dev/release.sh --path); else binaries=$(swift build -c "$build" --show-bin-path); fi
rm -f "$log"
exec python3 dev/mesh.py up --binaries "$binaries" ${DATA:+--data "$DATA"}
