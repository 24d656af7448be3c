#!/usr/bin/env bash
# Builds the guest programs of this folder and puts each `.wasm` beside its source.
#
# usage: build.sh [NAME…]          (default: all)
#
# The results are committed, so only who changes a guest needs this. What it takes:
#   CARGO, RUSTC   a Rust 1.85 or newer with the targets wasm32-wasip2 and wasm32-unknown-unknown (default: cargo, rustc);
#                  with rustup: `rustup target add wasm32-wasip2 wasm32-unknown-unknown`
#   COMPONENT_LD   wasm-component-ld, which makes a component of what it links (default: from the PATH; rustup has it
#                  in lib/rustlib/HOST/bin, else `cargo install wasm-component-ld`)
#   HOST_CARGO, HOST_RUSTC  a Rust for this machine, for the tool that plugs components together (default: cargo, rustc)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CARGO=${CARGO:-cargo}
export RUSTC=${RUSTC:-rustc}
COMPONENT_LD=${COMPONENT_LD:-$(command -v wasm-component-ld)}
HOST_CARGO=${HOST_CARGO:-cargo}
HOST_RUSTC=${HOST_RUSTC:-rustc}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
# A library or service has no libc: plain wasm, and the linker makes a component of it.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$COMPONENT_LD

# build NAME TARGET FILE [FLAG…]: one guest. The remap keeps this machine's paths out of panic messages.
build() {
  local remap="--remap-path-prefix=$PWD=guests --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo ${*:4}"
  remap=${remap% }
  (cd "$1" && CARGO_ENCODED_RUSTFLAGS=${remap// /$'\x1f'} "$CARGO" build --release --target "$2")
  cp "$CARGO_TARGET_DIR/$2/release/$3" "$1/$1.wasm"
}

# One component whose imports are another's exports, in one file.
plug() {
  (cd plug && RUSTC=$HOST_RUSTC "$HOST_CARGO" build --release)
  mkdir -p chain
  "$CARGO_TARGET_DIR/release/plug" "$1" "$2" "$3"
}

[ $# -gt 0 ] || set -- hello cpu console service values chain
for name; do
  case $name in
    console) build console wasm32-wasip2 console.wasm -Clink-arg=-zstack-size=16384 -Clink-arg=--initial-memory=131072 ;;
    hello | cpu) build "$name" wasm32-wasip2 "$name.wasm" ;;
    service) build service wasm32-unknown-unknown service.wasm ;;
    values) build values wasm32-unknown-unknown values.wasm ;;
    chain) plug values/values.wasm values/values.wasm chain/chain.wasm ;;
    *) echo "no guest $name" >&2; exit 2 ;;
  esac
  bytes=$(wc -c <"$name/$name.wasm")
  echo "$name: $bytes bytes"
  [ "$bytes" -lt 204800 ] || { echo "$name is too big to be committed" >&2; exit 1; }
done
