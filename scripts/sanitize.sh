#!/usr/bin/env bash
# The tests of wire, engine and fuzz under AddressSanitizer and ThreadSanitizer: `scripts/sanitize.sh [address|thread]`, both if
# none is named. Needs a nightly toolchain, for this alone. docs/internals/unsafe.md says what they can see.
set -uo pipefail
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
cargo +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal >/dev/null ||
  { echo 'sanitizers need a nightly toolchain, and rustup cannot install one here' >&2; exit 1; }
failed=()
run() {
  local sanitizer=$1 flags="-Zsanitizer=$1" std=()
  if [ "$sanitizer" = thread ]; then
    # A standard library that is not instrumented hides its locks; with rust-src it is built anew.
    if [ -d "$(rustc +nightly --print sysroot)/lib/rustlib/src/rust/library" ]; then std=(-Zbuild-std); else
      flags="$flags -Cunsafe-allow-abi-mismatch=sanitizer"
    fi
    export TSAN_OPTIONS="suppressions=$PWD/scripts/sanitize-thread.txt halt_on_error=0 ${TSAN_OPTIONS:-}"
  fi
  # Caches that live as long as the process are no leaks.
  ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}" RUSTFLAGS=$flags CARGO_TARGET_DIR=target/$sanitizer \
    cargo +nightly test "${std[@]}" --quiet --no-fail-fast --tests --target "$host" -p wiretwin-wire -p wiretwin-engine -p wiretwin-fuzz \
    --features wiretwin-engine/fault-injection || failed+=("$sanitizer")
}
for sanitizer in "${@:-address thread}"; do for each in $sanitizer; do run "$each"; done; done
[ ${#failed[@]} -eq 0 ] || { echo "failed under: ${failed[*]}" >&2; exit 1; }
