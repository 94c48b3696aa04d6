#!/usr/bin/env bash
# Runs what CI runs, or one part of it: check | native | js. Each part prints how long it took.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

step() {
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@"; then printf '== %s: ok, %d s\n' "$name" $((SECONDS - start)); else
    printf '== %s: FAILED, %d s\n' "$name" $((SECONDS - start))
    failed+=("$name")
  fi
}

check() {
  step 'format and lint (biome)' pnpm exec biome ci --colors=off --diagnostic-level=error .
  step 'types (tsc)' pnpm exec tsc --noEmit -p tsconfig.json
  step 'names and sizes' node scripts/check-tree.mjs
  step 'unsafe blocks' node scripts/check-unsafe.mjs
  step 'direction of imports' node scripts/check-direction.mjs
  step 'unused code and dependencies (knip)' pnpm exec knip --no-progress
  step 'supply chain (cargo deny, pnpm)' node scripts/supply-chain.mjs
  step 'format (rustfmt)' cargo fmt --all --check
  step 'lint (clippy)' cargo clippy --locked --all-targets --quiet -- -D warnings
}
native() {
  step 'engine and wire (cargo test)' cargo test --locked --quiet -p wiretwin-wire -p wiretwin-engine -p wiretwin-fuzz --features wiretwin-engine/fault-injection
  step 'instructions of the engine (valgrind)' node scripts/bench-engine.mjs --check
}
js() { step 'packages (vitest)' pnpm exec vitest run; }

case "${1:-all}" in
  check) check ;;
  native) native ;;
  js) js ;;
  all) check && native && js ;;
  *) echo "unknown part $1" >&2; exit 2 ;;
esac

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nFAILED: %s\n' "${failed[*]}"
  exit 1
fi
printf '\nall parts passed\n'
