#!/usr/bin/env bash
# Builds the services and the generator, and measures the whole mesh at scale: Benchmarks/mesh/bench_mesh.py, whose options
# it takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh
dev/release.sh catalog-service pricing-service notifier-service edge-gateway mesh-fill
exec python3 Benchmarks/mesh/bench_mesh.py --binaries "$(dev/release.sh --path)" "$@"
