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
# The drivers' suites on real servers break servers on purpose and want the machine to themselves: `make test-drivers`.
swift test --skip-build --disable-xctest --skip '(Redis|Postgres)IntegrationTests' 2>&1 | tee "$log"
step "end-to-end tests"
FIYATRADARI_BIN=$(swift build --show-bin-path) .venv/bin/python -m pytest Tests/EndToEnd 2>&1 | tee -a "$log"

step "summary"
grep -E 'Test run with [0-9]+ tests? |^=+ .*[0-9]+ passed.* =+$' "$log"
