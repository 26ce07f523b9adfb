#!/usr/bin/env bash
# Builds the services and measures the gateway's kept answers beside nginx: Benchmarks/edge/bench_edge.py, whose options
# it takes. With --live first, the memory of idle live-stream clients: Benchmarks/edge/live_memory.py.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ "${1:-}" == --live ]]; then
  shift
  dev/release.sh edge-gateway
  exec python3 Benchmarks/edge/live_memory.py --binaries "$(dev/release.sh --path)" "$@"
fi
dev/bootstrap.sh --bench
dev/release.sh catalog-service pricing-service notifier-service edge-gateway fiyat
requirements=Benchmarks/edge/requirements.txt
if ! cmp -s "$requirements" .venv-bench/requirements.stamp; then
  rm -rf .venv-bench
  python3 -m venv .venv-bench
  .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" .venv-bench/requirements.stamp
fi
exec python3 Benchmarks/edge/bench_edge.py --python "$PWD/.venv-bench/bin/python" --binaries "$(dev/release.sh --path)" "$@"
