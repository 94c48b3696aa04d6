#!/usr/bin/env bash
# Fuzzes: `scripts/fuzz.sh [target ...]`, each for SECONDS (default 60), one after the other; then the properties in TypeScript.
# What is found lies in reports/fuzz/, what was learnt in target/fuzz/corpus. docs/internals/fuzzing.md says more.
#
# libFuzzer on the stable toolchain: rustc passes LLVM's own coverage pass through, which is all that cargo-fuzz does too.
# SANITIZER=address needs nightly (`cargo +nightly` has to work).
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
seconds=${SECONDS_EACH:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
flags='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=16'
cargo=(cargo)
out=$root/target/fuzz
if [ "${SANITIZER:-}" = address ]; then
  cargo=(cargo +nightly)
  flags="$flags -Zsanitizer=address"
  out=$root/target/fuzz-address
fi

RUSTFLAGS=$flags CARGO_TARGET_DIR=$out "${cargo[@]}" build --quiet --release --target "$host" \
  --manifest-path packages/core-native/fuzz/libfuzzer/Cargo.toml || exit 1
program=$out/$host/release/wiretwin-libfuzzer

mkdir -p reports/fuzz
failed=()
run() {
  local name=$1 learnt=$root/target/fuzz/corpus/$1 log=$root/reports/fuzz/$1.log
  mkdir -p "$learnt"
  # Leaks are a sanitizer's business: caches that live as long as the process are none.
  WIRETWIN_FUZZ=$name ASAN_OPTIONS=detect_leaks=0 "$program" -max_total_time="$seconds" -max_len=8192 -timeout=25 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$root/reports/fuzz/$name-" "$learnt" \
    "packages/core-native/fuzz/corpus/$name" >"$log" 2>&1 || failed+=("$name")
  local executions cover
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  cover=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -1)
  printf '%-20s %12s executions  %s\n' "$name" "${executions:-?}" "$cover"
}

for corpus in packages/core-native/fuzz/corpus/*; do
  name=$(basename "$corpus")
  if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]]; then run "$name"; fi
done

if [ $# -eq 0 ]; then
  WIRETWIN_FUZZ_SECONDS=$seconds pnpm exec vitest run --project all packages/fetch/test/fuzz || failed+=(properties)
fi

if [ ${#failed[@]} -gt 0 ]; then
  printf 'found something: %s (reports/fuzz)\n' "${failed[*]}"
  exit 1
fi
