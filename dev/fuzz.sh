#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer and AddressSanitizer and runs each of them.
#
#   dev/fuzz.sh [SECONDS] [TARGET...]      60 seconds each, all targets
#
# Inputs that reach new code are kept in .build-fuzz/corpus/TARGET and used next time. An input that crashes a target,
# takes it longer than 10 seconds or more than 1 GiB is kept in .build-fuzz/artifacts/TARGET, and the run fails.
# FUZZ_INPUT_SECONDS allows an input more time, for a machine that has other work: the clock is the wall's.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: dev/fuzz.sh [SECONDS] [TARGET...]" >&2; exit 2; }
shift || true

declare -A folders=(
  [fuzz-http2-input]=HTTP2Input
  [fuzz-grpc-framing]=GRPCFraming
  [fuzz-protobuf-unpack]=ProtobufUnpack
  [fuzz-json-input]=JSONInput
  [fuzz-html]=HTML
  [fuzz-csv]=CSV
  [fuzz-price-text]=PriceText
)
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(printf '%s\n' "${!folders[@]}" | sort); fi
for target in "${targets[@]}"; do
  [ -n "${folders[$target]-}" ] || { echo "fuzz: no target $target; there are: ${!folders[*]}" >&2; exit 2; }
done

export FIYATRADARI_FUZZ=1
scratch=.build-fuzz
# lld, because gold refuses the second `main` that libFuzzer brings. Assertions stay on: they are findings too.
options=(-c release -j 2 --scratch-path "$scratch"
  -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld -Xswiftc -assert-config -Xswiftc Debug)
for target in "${targets[@]}"; do swift build "${options[@]}" --product "$target"; done

# Swift's own crash reporter would hold the process and hide the signal from libFuzzer.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
symbolizer=$(dirname "$(realpath "$(command -v swift)")")/llvm-symbolizer
[ -x "$symbolizer" ] && export ASAN_SYMBOLIZER_PATH=$symbolizer

passed=0 failed=0
for target in "${targets[@]}"; do
  kept=$scratch/corpus/$target artifacts=$scratch/artifacts/$target log=$scratch/$target.log
  mkdir -p "$kept" "$artifacts"
  echo "fuzz: $target for $seconds s"
  # The outer limit is for a target that hangs where libFuzzer's own alarm cannot reach it.
  if timeout -k 10 $((seconds + 120)) "$scratch/release/$target" \
    -max_total_time="$seconds" -timeout="${FUZZ_INPUT_SECONDS:-10}" -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix="$artifacts/" "$kept" "Fuzz/${folders[$target]}/corpus" >"$log" 2>&1
  then
    grep -E '^(stat::|Done)|DONE' "$log" | tail -n 7
    passed=$((passed + 1))
  else
    echo "fuzz: $target failed (exit $?)" >&2
    grep -vE '^#[0-9]+\s+(NEW|REDUCE|pulse|RELOAD)' "$log" | tail -n 60 >&2
    echo "fuzz: the input is in $artifacts; again: SWIFT_BACKTRACE=enable=no $scratch/release/$target $artifacts/…" >&2
    failed=$((failed + 1))
  fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
