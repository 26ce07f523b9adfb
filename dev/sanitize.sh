#!/usr/bin/env bash
# Runs the tests of everything that wraps C (transport, RPC, messages, drivers, event log, libxml2's readers) under
# AddressSanitizer with LeakSanitizer, then under ThreadSanitizer: the unit tests together, those on real servers one
# after the other.
#
#   dev/sanitize.sh [address|thread] [FILTER]
#
# FILTER is what `swift test --filter` takes. Each sanitizer has its own build folder, .build-asan and .build-tsan.
# What a sanitizer reports fails the run. Nothing is suppressed but what dev/*-sanitizer.supp explains; XCTest's runner
# leaks a little at exit and is not used. FIYATRADARI_PARTS=all takes in the services and tools as well.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=(address thread)
if [ "${1-}" = address ] || [ "${1-}" = thread ]; then
  sanitizers=("$1")
  shift
fi
filter=${1-}
export FIYATRADARI_PARTS=${FIYATRADARI_PARTS:-c-wrappers}

# Swift's crash reporter would wait for a process that the sanitizer holds.
export SWIFT_BACKTRACE=enable=no
symbolizer=$(dirname "$(realpath "$(command -v swift)")")/llvm-symbolizer
export ASAN_OPTIONS="detect_leaks=1:exitcode=66:external_symbolizer_path=$symbolizer"
export LSAN_OPTIONS="suppressions=$PWD/dev/leak-sanitizer.supp:print_suppressions=0"
export TSAN_OPTIONS="exitcode=66:second_deadlock_stack=1:suppressions=$PWD/dev/thread-sanitizer.supp:external_symbolizer_path=$symbolizer"

for sanitizer in "${sanitizers[@]}"; do
  case $sanitizer in
    address) scratch=.build-asan ;;
    thread) scratch=.build-tsan ;;
  esac
  echo "sanitize: $sanitizer"
  started=$SECONDS
  options=(--disable-xctest --sanitize="$sanitizer" --scratch-path "$scratch")
  swift build --build-tests -j "${JOBS:-2}" "${options[@]}"
  built=$SECONDS
  if [ -n "$filter" ]; then
    swift test --skip-build "${options[@]}" --no-parallel --filter "$filter"
  else
    swift test --skip-build "${options[@]}" --skip IntegrationTests
    swift test --skip-build "${options[@]}" --no-parallel --filter IntegrationTests
  fi
  echo "sanitize: $sanitizer is clean ($((built - started)) s to build, $((SECONDS - built)) s to run)"
done
