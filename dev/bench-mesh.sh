#!/usr/bin/env bash
# Builds the services and the generator, and measures the whole mesh at scale: Benchmarks/mesh/bench_mesh.py, whose options
# it takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh
for product in catalog-service pricing-service notifier-service edge-gateway mesh-fill; do
  swift build -c release -j "${JOBS:-2}" --product "$product"
done
exec python3 Benchmarks/mesh/bench_mesh.py --binaries "$(swift build -c release --show-bin-path)" "$@"
