#!/usr/bin/env bash
# Builds the RPC executables and their peers, and measures them: Benchmarks/rpc/bench_rpc.py, whose options it takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh --bench
dev/release.sh rpc-echo-server rpc-bench-client
make --no-print-directory -C Benchmarks/rpc/grpc-cpp
FIYATRADARI_BIN=$(dev/release.sh --path) exec python3 Benchmarks/rpc/bench_rpc.py "$@"
