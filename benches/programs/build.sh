#!/usr/bin/env bash
# Builds the programs of this folder from their sources into `core/`, `shared/` and `components/`.
#
# usage: build.sh [c] [wat] [rust] [components]          (default: all)
#
# The results are committed, so only who changes a program needs this. What it takes:
#   CLANG          clang 19 or newer with wasm-ld beside it (default: clang-19); on Debian `apt-get install clang-19 lld-19`
#   WASM_OPT       binaryen's optimiser, 118 or newer (default: wasm-opt); from npm `npm install binaryen`
#   WAT2WASM       wabt's assembler (default: wat2wasm); on Debian `apt-get install wabt`
#   CARGO, RUSTC   a Rust 1.85 or newer with the target wasm32-unknown-unknown (default: cargo, rustc);
#                  with rustup: `rustup target add wasm32-unknown-unknown`
#   COMPONENT_LD   wasm-component-ld, as ../../tests/guests/build.sh says (default: from the PATH)
#   HOST_CARGO, HOST_RUSTC  a Rust for this machine, for the tool that plugs components together (default: cargo, rustc)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CLANG=${CLANG:-clang-19}
WASM_OPT=${WASM_OPT:-wasm-opt}
WAT2WASM=${WAT2WASM:-wat2wasm}
CARGO=${CARGO:-cargo}
export RUSTC=${RUSTC:-rustc}
COMPONENT_LD=${COMPONENT_LD:-$(command -v wasm-component-ld || true)}
HOST_CARGO=${HOST_CARGO:-cargo}
HOST_RUSTC=${HOST_RUSTC:-rustc}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
TARGET=wasm32-unknown-unknown

# c FILE [FLAGS…]: one C or C++ program, without a libc, in `core/` or in the folder that FOLDER names.
c() {
  local name
  name=$(basename "${1%.*}")
  "$CLANG" --target=wasm32 -nostdlib -O2 -Wall -mbulk-memory -msign-ext -mnontrapping-fptoint -mmutable-globals \
    "$@" -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 -o "${FOLDER:-core}/$name.wasm"
}

build_c() {
  for name in calls dispatch fft vm lz life; do c "c/$name.c"; done
  c c/simd.c -msimd128
  FOLDER=shared c c/threads.c -matomics -Wl,--shared-memory -Wl,--max-memory=131072 -Wl,--export-memory
  # Exceptions as they were standardised, with `exnref`; clang 19 writes those of before.
  c c/throw.cpp -fwasm-exceptions -fno-rtti
  "$WASM_OPT" -all --translate-to-exnref core/throw.wasm -o core/throw.wasm
}

build_wat() {
  for source in wat/*.wat; do "$WAT2WASM" "$source" -o "core/$(basename "${source%.wat}").wasm"; done
}

# The remap keeps this machine's paths out of panic messages.
remap() { printf '%s\x1f%s' "--remap-path-prefix=$PWD=programs" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"; }

build_rust() {
  (cd rust && CARGO_ENCODED_RUSTFLAGS=$(remap) "$CARGO" build --release --examples --target $TARGET)
  for source in rust/examples/*.rs; do
    name=$(basename "${source%.rs}")
    cp "$CARGO_TARGET_DIR/$TARGET/release/examples/$name.wasm" "core/$name.wasm"
  done
}

# component NAME: one component of `guests/`, not yet plugged.
component() {
  (cd "guests/$1" && CARGO_ENCODED_RUSTFLAGS=$(remap) CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$COMPONENT_LD \
    "$CARGO" build --release --target $TARGET)
}

# plug SOCKET PLUG OUT: one component whose imports are another's exports, in one file.
plug() { "$CARGO_TARGET_DIR/release/plug" "$1" "$2" "$3"; }

build_components() {
  (cd ../../tests/guests/plug && RUSTC=$HOST_RUSTC "$HOST_CARGO" build --release)
  local built=$CARGO_TARGET_DIR/$TARGET/release
  component library
  component middle
  for name in records strings lists resources chain; do
    (cd guests/driver && CARGO_ENCODED_RUSTFLAGS=$(remap) CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$COMPONENT_LD \
      "$CARGO" build --release --target $TARGET --no-default-features --features "$name")
    cp "$built/driver.wasm" "$built/driver-$name.wasm"
  done
  for name in records strings lists resources; do
    plug "$built/driver-$name.wasm" "$built/library.wasm" "components/$name.wasm"
  done
  # driver → middle → middle → library
  plug "$built/middle.wasm" "$built/library.wasm" "$built/two.wasm"
  plug "$built/middle.wasm" "$built/two.wasm" "$built/three.wasm"
  plug "$built/driver-chain.wasm" "$built/three.wasm" components/chain.wasm
}

mkdir -p core shared components
[ $# -gt 0 ] || set -- c wat rust components
for what; do
  case $what in
    c | wat | rust | components) "build_$what" ;;
    *) echo "no such part: $what; there are c, wat, rust and components" >&2; exit 2 ;;
  esac
done
# A linker makes executables, and these are none. A library that came built has the paths of who built it in its panic
# messages; what takes their place is as long, so nothing moves.
find core shared components -name "*.wasm" -exec chmod 644 {} +
HOME_OF_CARGO=${CARGO_HOME:-$HOME/.cargo} find core components -name "*.wasm" -exec perl -0777 -pi -e \
  's{(?:\Q$ENV{HOME_OF_CARGO}\E|cargo)/registry/src/[^/]+/}{"cargo" . "/" x (length($&) - 5)}ge' {} +
bytes=$(find core components -name '*.wasm' -exec cat {} + | wc -c)
echo "core/ and components/: $bytes bytes"
[ "$bytes" -lt 3145728 ] || { echo "too big to be committed" >&2; exit 1; }
