# Every target sets up what it needs on a bare machine; README.md says what that is.
SHELL := /bin/bash
BOOT := . scripts/bootstrap.sh

.PHONY: demo test rounds test-js test-native check fuzz soak sanitize truth bench build dist test-platforms examples release-dry docs setup clean
.DEFAULT_GOAL := help

help:
	@printf '%s\n' 'make demo [URL=https://...]   real browser and wiretwin side by side, a login, a second visit, ECH' \
	  'make test                     everything that CI runs' 'make setup                    toolchain, packages, native addon' \
	  'make rounds [ROUNDS=10]       the suites again and again beside two busy loops: which tests fail now and then' \
	  'make fuzz [SECONDS=60]        looks for what nobody thought of, each target so long' \
	  'make sanitize [SANITIZER=thread]  Rust tests under AddressSanitizer or ThreadSanitizer (needs nightly)' \
	  'make truth [GENERATE=600] [SEED=n]  compare with the installed Chromium and Firefox, layer by layer' 'make bench [SCENARIOS=1,2,scaling] [ROUNDS=3]  speed against other clients, one table and one picture (long)' 'make build                    dist/ of every package' \
	  'make dist [TARGET=...]        npm packages of all platforms, in dist/' \
	  'make test-platforms           runs what is in dist/ on every platform that runs here' \
	  'make examples [EXAMPLE=...]   runs examples/deploy from what is in dist/' \
	  'make docs [SERVE=1]           builds the site of all pages (and serves it); dead links and warnings fail' \
	  'make release-dry              publishes dist/ to a registry on this machine and installs from it'

setup:
	@$(BOOT) && bootstrap_js && bootstrap_native

demo:
	@$(BOOT) && bootstrap_js && bootstrap_native && node --conditions=wiretwin-source --disable-warning=ExperimentalWarning demo/src/main.ts $(URL)

test:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && bootstrap_supply && scripts/test.sh

# Hours. BUSY=n for another number of busy loops, PART=native or PART=js for one half.
rounds:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && node scripts/rounds.mjs $(or $(ROUNDS),10) $(or $(BUSY),2) $(or $(PART),all)

test-native:
	@$(BOOT) && bootstrap_js && bootstrap_native && scripts/test.sh native

test-js:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && scripts/test.sh js

# The browsers come from Debian; reports/truth/ has the report as text and as a page. GENERATE=<seconds> composes situations
# from a SEED instead; TRUTH="..." passes arguments on (docs/internals/truth.md).
truth:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && node --conditions=wiretwin-source --disable-warning=ExperimentalWarning truth/src/main.ts $(if $(GENERATE),--generate=$(GENERATE)) $(if $(SEED),--seed=$(SEED)) $(TRUTH)

# Minutes a scenario and client. SCENARIOS=1,2,scaling ROUNDS=3; reports/bench/ has the table and the picture of all rounds so far.
# scaling: us alone, from 1 to 5,000 in flight; reports/bench/scaling.md.
bench:
	@$(BOOT) && bootstrap_js && bootstrap_native && pnpm run build >&2 && bench/run.sh $(or $(SCENARIOS),1,2,3,4,5,6,7,scaling) $(or $(ROUNDS),3)

check:
	@$(BOOT) && bootstrap_js && bootstrap_native && bootstrap_supply && scripts/test.sh check

# Each target for so many seconds, one after the other: TARGETS="h2_frames tickets" for some of them.
fuzz:
	@$(BOOT) && bootstrap_js && bootstrap_native && SECONDS_EACH=$(or $(SECONDS),60) scripts/fuzz.sh $(TARGETS)

# Ten minutes tell a leak from the start, an hour is what a release gets. Fails on a wrong answer, on what hangs, on what grows.
soak:
	@$(BOOT) && bootstrap_js && bootstrap_native && node --conditions=wiretwin-source --disable-warning=ExperimentalWarning soak/src/main.ts --minutes=$(or $(MINUTES),10) $(if $(SEED),--seed=$(SEED))

sanitize:
	@$(BOOT) && bootstrap_js && bootstrap_native && SANITIZER=$(or $(SANITIZER),address) scripts/sanitize.sh

# All eight platforms on one Linux machine, or TARGET="linux-x64-musl win32-x64"; dist/ has the npm packages.
dist:
	@$(BOOT) && bootstrap_js && bootstrap_cross $(TARGET) && node scripts/dist.mjs $(TARGET)

# The packages in dist/, installed and run on every platform that runs here: other C libraries, arm64 and Windows emulated.
test-platforms:
	@$(BOOT) && bootstrap_js && bootstrap_cross $(TARGET) && bootstrap_emulators && node scripts/test-platforms.mjs $(TARGET)

# The programs of examples/deploy, from the packages in dist/.
examples:
	@$(BOOT) && bootstrap_js && bootstrap_emulators && node scripts/examples.mjs $(EXAMPLE)

# Publishes dist/ to a registry of this machine's own and installs it from there.
release-dry:
	@$(BOOT) && bootstrap_js && bootstrap_emulators && node scripts/release-dry.mjs

# Into site/.vitepress/dist. DOCS_REPOSITORY=https://host/owner/name links to sources that are no page.
docs:
	@$(BOOT) && bootstrap_js && bootstrap_site && node scripts/reference.ts && node scripts/how-fast-how-true.ts && node scripts/changelog.ts && pnpm --dir site run build $(if $(SERVE),&& pnpm --dir site run serve)

build:
	@$(BOOT) && bootstrap_js && bootstrap_native && pnpm run build

clean:
	rm -rf target reports dist packages/*/dist packages/core-native/*.node
