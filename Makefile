# Every target sets up what it needs on a bare machine; README.md says what that is.
SHELL := /bin/bash
BOOT := . scripts/bootstrap.sh

.PHONY: demo test test-js test-native check truth bench build setup clean
.DEFAULT_GOAL := help

help:
	@printf '%s\n' 'make demo [URL=https://...]   real browser and wiretwin side by side, then a login flow' \
	  'make test                     everything that CI runs' 'make setup                    toolchain, packages, native addon' \
	  'make truth                    compare with the installed Chromium and Firefox, layer by layer' 'make bench                    speed against other clients (long)' 'make build                    dist/ of every package'

setup:
	@$(BOOT) && bootstrap_js && bootstrap_native

demo:
	@$(BOOT) && bootstrap_js && bootstrap_native && node --conditions=wiretwin-source --disable-warning=ExperimentalWarning demo/src/main.ts $(URL)

test:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && scripts/test.sh

test-native:
	@$(BOOT) && bootstrap_js && bootstrap_native && scripts/test.sh native

test-js:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && scripts/test.sh js

# The browsers come from Debian; reports/truth/ has the report as text and as a page.
truth:
	@$(BOOT) && bootstrap_js && bootstrap_peers "$${BROWSERS[@]}" && bootstrap_native && node --conditions=wiretwin-source --disable-warning=ExperimentalWarning truth/src/main.ts

check:
	@$(BOOT) && bootstrap_js && bootstrap_native && scripts/test.sh check

build:
	@$(BOOT) && bootstrap_js && bootstrap_native && pnpm run build

clean:
	rm -rf target reports packages/*/dist packages/core-native/*.node
