#!/usr/bin/env bash
# The tests of wire, engine and fuzz under AddressSanitizer; with SANITIZER=thread those of the engine under ThreadSanitizer. Needs
# a nightly toolchain, for this alone; docs/internals/unsafe.md says what they see.
set -uo pipefail
cd "$(dirname "$0")/.."
sanitizer=${SANITIZER:-address}
host=$(rustc -vV | sed -n 's/^host: //p')
cargo +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal >/dev/null ||
  { echo 'sanitizers need a nightly toolchain, and rustup cannot install one here' >&2; exit 1; }
packages=(-p wiretwin-wire -p wiretwin-engine -p wiretwin-fuzz)
# The standard library's own locks are seen only if it is built the same way.
built=()
if [ "$sanitizer" = thread ]; then
  rustup component add --toolchain nightly rust-src >/dev/null || exit 1
  packages=(-p wiretwin-engine)
  built=(-Zbuild-std)
fi
# Caches that live as long as the process are no leaks. Left out: two tests that measure the process, whose freed memory the
# sanitizer keeps, and three that decode for a second of a processor's time, which is minutes here and passes their limits.
ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}" RUSTFLAGS="-Zsanitizer=$sanitizer" CARGO_TARGET_DIR="target/$sanitizer" \
  cargo +nightly test --locked "${built[@]}" --quiet --no-fail-fast --tests --target "$host" "${packages[@]}" \
  --features wiretwin-engine/fault-injection -- --skip b05_b08_bodies_do_not_pile_up --skip b10_unread_bodies_hold_little \
  --skip b09_nested_codings_end --skip b09_many_streams_share --skip b09_others_are_served
