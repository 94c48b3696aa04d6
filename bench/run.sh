#!/usr/bin/env bash
# usage: bench/run.sh SCENARIOS ROUNDS [CLIENTS]   (BENCH_HARNESS = folder with the harness; the scenario `scaling` is scaling.mjs)
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
. "$here/../scripts/bootstrap.sh"
bootstrap_js
scenarios=()
for scenario in $(tr ',' ' ' <<<"${1:-1,2,3,4,5,6,7,scaling}"); do
  if [ "$scenario" = scaling ]; then
    mkdir -p "$here/../reports/bench"
    node --conditions=wiretwin-source --expose-gc "$here/scaling.mjs" "${2:-3}" | tee "$here/../reports/bench/scaling.md"
  else
    scenarios+=("$scenario")
  fi
done
[ "${#scenarios[@]}" -gt 0 ] || exit 0
# dist/ looks for installed platform packages, as it does at a user's: made of the addon of this checkout.
core="$here/../packages/core-native"
node "$here/../scripts/platform-packages.mjs" >&2
mkdir -p "$core/node_modules/@wiretwin"
for package in "$core"/npm/*/; do ln -sfn "$package" "$core/node_modules/@wiretwin/core-native-$(basename "$package")"; done
harness="${BENCH_HARNESS:-$here/../../shared/bench}"
work="$here/../reports/bench-harness"
mkdir -p "$work"
cp -rn "$harness"/. "$work"/ 2>/dev/null || true
chmod -R u+w "$work"
cd "$work"
[ -x server/benchserver ] || (cd server && go build -o benchserver .)
[ -d node_modules/got ] || npm install --no-audit --no-fund --silent undici wreq-js impit got@16 tough-cookie
node bench.mjs --clients "${3:-undici-fetch,node-http2,wreq-js,impit,$here/clients/wiretwin.mjs}" \
  --scenarios "$(IFS=,; echo "${scenarios[*]}")" --rounds "${2:-3}" --json ../bench.json
node "$here/report.mjs" ../bench.json ../bench
