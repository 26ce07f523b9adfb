#!/usr/bin/env bash
# Builds the RPC executables and their peers, and measures them: Benchmarks/rpc/bench_rpc.py, whose options it takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh --bench
for product in rpc-echo-server rpc-bench-client; do
  swift build -c release -j "${JOBS:-2}" --product "$product"
done
make --no-print-directory -C Benchmarks/rpc/grpc-cpp
FIYATRADARI_BIN=$(swift build -c release --show-bin-path) exec python3 Benchmarks/rpc/bench_rpc.py "$@"
