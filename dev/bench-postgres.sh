#!/usr/bin/env bash
# Builds postgres-bench and measures it beside pgbench and psql: Benchmarks/postgres/bench_postgres.py, whose options it
# takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh
dev/release.sh postgres-bench
exec python3 Benchmarks/postgres/bench_postgres.py --tool "$(dev/release.sh --path)/postgres-bench" "$@"
