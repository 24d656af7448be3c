//! Memories of every type: 64-bit, several, shared; and atomic accesses to them.

use crate::same;
use coracle::{Config, Val};
use std::fmt::Write as _;

/// What a memory may be: its name in the test, its type, the type of its addresses.
const KINDS: [(&str, &str, &str); 4] = [
    ("plain", "1 4", "i32"),
    ("wide", "i64 1 4", "i64"),
    ("shared", "1 4 shared", "i32"),
    ("both", "i64 1 4 shared", "i64"),
];

/// Each operator of each memory that a module has, all of them together.
fn module() -> String {
    let mut wat = String::from("(module\n");
    for (name, ty, _) in KINDS {
        let _ = writeln!(wat, "(memory ${name} {ty})");
    }
    wat.push_str("(data $d \"hello, world, and so on\")\n");
    for (name, _, at) in KINDS {
        let index = if at == "i64" { "(i64.extend_i32_u (local.get 0))" } else { "(local.get 0)" };
        let (far, top) = if at == "i64" { ("offset=0xfffffffffffffff8", "-8") } else { ("offset=0xfffffff8", "-8") };
        let _ = writeln!(
            wat,
            r#"(func (export "{name}.access") (param i32) (result i64)
                 (i64.store32 ${name} offset=3 {index} (i64.const -2))
                 (i32.store16 ${name} offset=9 {index} (i32.const 0x1234))
                 (i64.add (i64.load16_s ${name} offset=5 {index}) (i64.load ${name} offset=3 {index})))
               (func (export "{name}.far") (param i32) (result i32) (i32.load8_u ${name} {far} {index}))
               (func (export "{name}.top") (result i64) (i64.load ${name} ({at}.const {top})))
               (func (export "{name}.wrap") (result i64) (i64.load ${name} offset=16 ({at}.const {top})))
               (func (export "{name}.grow") (param i32) (result {at} {at})
                 (memory.grow ${name} {index}) (memory.size ${name}))
               (func (export "{name}.bulk") (param i32) (result i32)
                 (memory.init ${name} $d {index} (i32.const 3) (i32.const 12))
                 (memory.fill ${name} ({at}.add {index} ({at}.const 3)) (i32.const 77) ({at}.const 2))
                 (memory.copy ${name} ${name} ({at}.const 1) {index} ({at}.const 9))
                 (i32.load ${name} offset=2 ({at}.const 0)))
               (func (export "{name}.to_plain") (param i32) (result i32)
                 (memory.copy $plain ${name} (i32.const 100) {index} (i32.const 9))
                 (i32.load $plain (i32.const 102)))"#
        );
        atomics(&mut wat, name, index);
    }
    wat.push(')');
    wat
}

/// All atomic operators on one memory.
fn atomics(wat: &mut String, name: &str, index: &str) {
    let mut body = String::new();
    let accesses = ["i32 8 _u", "i32 16 _u", "i32 32 _", "i64 8 _u", "i64 16 _u", "i64 32 _u", "i64 64 _"];
    for access in accesses {
        let [ty, bits, sign] = access.split(' ').collect::<Vec<_>>()[..] else { unreachable!("three words") };
        let whole = ty[1..] == *bits;
        let (width, sign) = if whole { ("", "") } else { (bits, sign) };
        let mix = if ty == "i32" { "(i64.extend_i32_u" } else { "(i64.add (i64.const 0)" };
        let mut lines = Vec::new();
        let mut add = |value: String| {
            lines.push(format!("(local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 31)) {mix} {value})))"));
        };
        for op in ["add", "sub", "and", "or", "xor", "xchg"] {
            add(format!("({ty}.atomic.rmw{width}.{op}{sign} ${name} offset=8 {index} ({ty}.const -0x7edcba98))"));
        }
        for (expected, new) in [("0", "5"), ("0x1ff", "6"), ("-0x7edcba98", "7"), ("0x68", "8")] {
            add(format!(
                "({ty}.atomic.rmw{width}.cmpxchg{sign} ${name} offset=8 {index} ({ty}.const {expected}) ({ty}.const {new}))"
            ));
        }
        add(format!("({ty}.atomic.load{width}{sign} ${name} offset=16 {index})"));
        let _ = writeln!(body, "({ty}.atomic.store{width} ${name} offset=16 {index} ({ty}.const 0x1fedc))");
        lines.iter().for_each(|line| body.push_str(line));
        let _ = writeln!(
            wat,
            "(func (export \"{name}.{ty}.{bits}\") (param i32) (result i32)
               (i32.wrap_i64 ({}))",
            match ty {
                "i32" => format!("i64.extend_i32_u ({ty}.atomic.load{width}{sign} ${name} offset=8 {index})"),
                _ => format!("{ty}.atomic.rmw{width}.or{sign} ${name} offset=8 {index} ({ty}.const 0)"),
            }
        );
        wat.push_str(")\n");
    }
    let _ = writeln!(
        wat,
        r#"(func (export "{name}.atomics") (param i32) (result i64) (local i64) {body} (atomic.fence) (local.get 1))
           (func (export "{name}.wait") (param i32) (result i32)
             (memory.atomic.wait32 ${name} offset=8 {index} (i32.const 123456) (i64.const 1000)))
           (func (export "{name}.wait64") (param i32) (result i32)
             (i64.atomic.store ${name} offset=8 {index} (i64.const 5))
             (memory.atomic.wait64 ${name} offset=8 {index} (i64.const 5) (i64.const 1000)))
           (func (export "{name}.notify") (param i32) (result i32)
             (memory.atomic.notify ${name} offset=8 {index} (i32.const 3)))"#
    );
}

fn proposals(config: &mut Config) {
    config.wasm_memory64(true).wasm_threads(true).shared_memory(true).wasm_multi_memory(true);
}

#[test]
fn of_every_type() {
    let wat = module();
    let mut names = Vec::new();
    for (kind, _, _) in KINDS {
        for name in ["access", "far", "bulk", "to_plain", "wait", "wait64", "notify", "atomics"] {
            names.push(format!("{kind}.{name}"));
        }
        for name in ["i32.8", "i32.16", "i32.32", "i64.8", "i64.16", "i64.32", "i64.64"] {
            names.push(format!("{kind}.{name}"));
        }
    }
    let plain = ["top", "wrap"].map(|name| KINDS.map(|(kind, ..)| format!("{kind}.{name}"))).concat();
    let grow = KINDS.map(|(kind, ..)| format!("{kind}.grow"));
    // Aligned, not aligned, at the end of the first page, across it, beyond it both ways.
    let places = [0, 64, 1, 2, 4, 65_512, 65_520, 65_528, 65_521, 65_536, -8, -7].map(|at| [Val::I32(at)]);
    let pages = [[Val::I32(1)], [Val::I32(100)]];
    let mut calls: Vec<(&str, &[Val])> = Vec::new();
    for place in &places {
        calls.extend(names.iter().map(|name| (name.as_str(), &place[..])));
    }
    calls.extend(plain.iter().map(|name| (name.as_str(), &[][..])));
    for more in &pages {
        calls.extend(grow.iter().map(|name| (name.as_str(), &more[..])));
    }
    let again: Vec<_> = calls.iter().take(names.len() * places.len()).copied().collect();
    calls.extend(again);
    let (reference, logs) = crate::same_with(&wat, &calls, 1, proposals);
    for text in ["out of bounds", "unaligned atomic", "non-shared memory"] {
        assert!(reference.iter().any(|line| line.contains(text)), "{text}");
    }
    for (policy, events) in logs {
        let refused = events.iter().find(|event| matches!(event.change, coracle::TierChange::Refused { .. }));
        assert!(refused.is_none(), "{policy:?}: {refused:?}");
    }
    same("(module (memory 1) (memory 1) (func (export \"size\") (result i32) (memory.size 1)))", &[("size", &[])], 3);
}
