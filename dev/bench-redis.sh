#!/usr/bin/env bash
# Builds redis-bench and measures RedisClient beside redis-benchmark: Benchmarks/redis/bench_redis.py, whose options it
# takes.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh --bench
swift build -c release -j "${JOBS:-2}" --product redis-bench
exec python3 Benchmarks/redis/bench_redis.py --tool "$(swift build -c release --show-bin-path)/redis-bench" "$@"
