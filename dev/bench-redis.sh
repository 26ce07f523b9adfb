#!/usr/bin/env bash
# Builds redis-bench and measures RedisClient beside redis-benchmark: Benchmarks/redis/bench_redis.py, whose options it
# takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh --bench
dev/release.sh redis-bench
exec python3 Benchmarks/redis/bench_redis.py --tool "$(dev/release.sh --path)/redis-bench" "$@"
