// node check.mjs MODULE GUESTS: what programs print, as it should be.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { load } from "./coracle.js";

const [wasm, guests] = process.argv.slice(2);
const run = await load(readFileSync(wasm));
const file = (name) => readFileSync(`${guests}/${name}`);

function said(component, args = [], input = "") {
  const out = { stdout: "", stderr: "" };
  const print = (to, bytes) => { out[to] += new TextDecoder().decode(bytes); };
  const code = run(component, { args: ["program", ...args], input: new TextEncoder().encode(input), print });
  return { code, ...out };
}

const hello = said(file("hello/hello.wasm"));
assert.deepEqual(hello, { code: 0, stdout: String(file("hello/expected.txt")), stderr: "" });

const console_ = said(file("console/console.wasm"), ["a", "b"], "one two\nthree one\n");
assert.equal(console_.stdout, String(file("console/expected.txt")));
assert.equal(console_.stderr, "now what is not granted\n");
assert.equal(console_.code, 1);

const trap = said(file("cpu/cpu.wasm"), ["trap", "unreachable"]);
assert.equal(trap.code, 134);
assert.match(trap.stderr, /unreachable/);

const broken = said(file("hello/hello.wasm").subarray(0, 1000));
assert.equal(broken.code, 134);
assert.match(broken.stderr, /offset 0x3e7/);

// The next one is none the worse for it.
assert.equal(said(file("hello/hello.wasm"), ["Ada"]).stdout.split("\n")[0], "Hello, Ada!");
console.log("node: all as expected");
