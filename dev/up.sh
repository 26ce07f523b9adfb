#!/usr/bin/env bash
# The whole of Fiyatradari on this machine, with the demo market: installs and builds what is missing, starts everything,
# waits until it is ready, imports the market's past, and says where things are. Data, logs and secrets are in .run/.
#
#   dev/up.sh              an optimised build
#   BUILD=debug dev/up.sh  the build that `make build` makes
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BUILD:-release}
dev/bootstrap.sh
echo "up: building ($build; the first time this takes some minutes)"
for product in catalog-service pricing-service notifier-service edge-gateway market-sim fiyat; do
  swift build -c "$build" -j "${JOBS:-2}" --product "$product" 2>&1 | tail -n 1
done
exec python3 dev/mesh.py up --binaries "$(swift build -c "$build" --show-bin-path)"
