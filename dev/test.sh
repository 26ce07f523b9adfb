#!/usr/bin/env bash
# Everything that CI runs, in order of cost; the first failure ends it. The runners' own summary lines come last.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
step() { printf '\n== %s (after %d s)\n' "$1" "$SECONDS"; }

step "bootstrap"
dev/bootstrap.sh
step "lint"
dev/format.sh --check
step "build"
swift build --build-tests -j "${JOBS:-2}"
step "generated code"
dev/generate.sh --check
step "unit tests"
# There are no XCTest cases; its empty run would only add a line that says so.
swift test --skip-build --disable-xctest --skip 'IntegrationTests' 2>&1 | tee "$log"
step "integration tests"
# On real servers, which they start, kill, pause and cut off; one after the other, for a server has a machine to itself.
swift test --skip-build --disable-xctest --no-parallel --filter 'IntegrationTests' 2>&1 | tee -a "$log"
step "end-to-end tests"
FIYATRADARI_BIN=$(swift build --show-bin-path)
export FIYATRADARI_BIN
# What pytest.ini names: of operating the restore and fail-over drills. The rest of it, and monitoring, need more of a machine:
# `make test-operate`.
(cd Tests/EndToEnd && ../../.venv/bin/python -m pytest) 2>&1 | tee -a "$log"

step "summary"
# What was skipped was not tested: Swift Testing names each, pytest counts them.
if grep -E '(Test|Suite) .+ skipped(\.|:|$)|^=+ .*[0-9]+ skipped' "$log"; then
  echo "test: some tests were skipped" >&2
  exit 1
fi
grep -E 'Test run with [0-9]+ tests? |^=+ .*[0-9]+ passed.* =+$' "$log"
