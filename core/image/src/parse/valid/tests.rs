//! Verdicts of this validation beside those of wasmparser's, on modules, components, and what a byte can make of them.

use crate::module::Bytes;
use crate::parse::features::{Features, Proposal, Trust};
use crate::parse::module::parse_module;
use crate::parse::valid::check::Check;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_error::Result;
use wasmparser::{Parser, Validator};

const MODULES: &[&str] = &[
    "(module)",
    r#"(module (type (func)) (type (func (param i32 i64 f32 f64) (result i32)))
        (import "a" "f" (func (type 1))) (import "a" "t" (table 1 2 funcref)) (import "a" "m" (memory 1 2))
        (import "a" "g" (global i32)) (import "a" "h" (global (mut i64)))
        (func (type 0)) (table 3 externref) (global i32 (global.get 0)) (global (mut f32) (f32.const 1))
        (export "f" (func 1)) (export "t" (table 1)) (export "m" (memory 0)) (export "g" (global 2))
        (start 1) (elem (i32.const 0) func 1 0) (data (i32.const 1) "abc"))"#,
    r#"(module (memory 1) (func (param i32) (result i32) (i32.load (local.get 0)) (memory.size) (i32.add))
        (data "passive") (data (i32.const 8) "active") (func (data.drop 0) (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0))))"#,
    r#"(module (type $f (func (param i32) (result i32))) (func $g (type $f) (local.get 0))
        (table $t 2 (ref null $f)) (table $u 2 2 (ref $f) (ref.func $g))
        (elem (table $t) (i32.const 0) (ref null $f) (ref.func $g) (ref.null $f)) (elem declare func $g)
        (elem funcref (ref.func $g) (ref.null func)) (elem (table $u) (i32.const 1) (ref $f) (ref.func $g))
        (global (ref $f) (ref.func $g)) (global (ref null $f) (ref.null $f)) (global funcref (ref.func $g))
        (func (param i32) (result i32) (call_ref $f (local.get 0) (ref.func $g)))
        (func (param i32) (result i32) (return_call_indirect $t (type $f) (local.get 0) (i32.const 1))))"#,
    r#"(module (memory i64 1 2) (memory 0 1) (table i64 1 funcref) (table 1 externref)
        (data (i64.const 1) "a") (data (memory 1) (i32.const 0) "") (elem (table 0) (i64.const 0) func)
        (func (result i64) (i64.load8_u (i64.const 0)) (memory.grow)) (func (result i32) (memory.size 1)))"#,
    r#"(module (tag (export "t") (param i32)) (tag (import "a" "t") (param i64 f32))
        (func (result i32) (block $l (result i32) (try_table (catch 1 $l) (throw 1 (i32.const 1))) (i32.const 2)))
        (func (block $l (result exnref) (try_table (catch_all_ref $l)) (ref.null exn)) (throw_ref)))"#,
    r#"(module (global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))) (global $a i64 (i64.const 7))
        (global i64 (i64.sub (global.get $a) (i64.const 1))) (global (mut v128) (v128.const i64x2 1 2))
        (global externref (ref.null extern)) (memory 1) (data (i32.sub (i32.const 9) (i32.const 1)) "x"))"#,
    r#"(module (memory 1 2 shared) (memory 7 (pagesize 1)) (func (i32.atomic.store (i32.const 0) (i32.const 1)))
        (func (param v128) (result v128) (i8x16.add (local.get 0) (local.get 0)))
        (func (param i64 i64 i64 i64) (result i64 i64)
          (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"#,
    // What is not valid.
    "(module (func (export \"a\")) (func (export \"a\")))",
    "(module (func $f (param i32)) (start $f))",
    "(module (global i32 (i64.const 0)))",
    "(module (global $g (mut i32) (i32.const 0)) (global i32 (global.get $g)))",
    "(module (table 1 (ref func)))",
    "(module (memory 2 1))",
    "(module (memory 65537))",
    "(module (memory 1 shared))",
    "(module (type (func (param (ref 1)))) (type (func)))",
    "(module (type (func (param (ref 0)))))",
    "(module (rec (type (func)) (type (func))))",
    "(module (type (struct)))",
    "(module (tag (result i32)))",
    "(module (table 1 externref) (elem (i32.const 0) func))",
    "(module (elem (i32.const 0) func))",
    "(module (data (i32.const 0) \"\"))",
    "(module (memory 1) (data (i32.clz (i32.const 0)) \"\"))",
    "(module (global anyref (ref.null any)))",
    "(module (func (result funcref) (ref.func 0)))",
];

const COMPONENTS: &[&str] = &[
    "(component)",
    r#"(component (core module $m (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)
          (func (export "f") (param i32 i32) (result i32) unreachable) (global (export "g") (mut i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (alias core export $i "m" (core memory $mem))
        (func (export "f") (param "s" string) (result u32) (canon lift (core func $i "f") (memory $mem)
          (realloc (core func $i "r")))))"#,
    r#"(component (import "h" (func $h (param "x" u32) (result u32))) (core func $l (canon lower (func $h)))
        (core module $m (type $t (func (param i32) (result i32))) (import "h" "h" (func $h (type $t)))
          (func (export "f") (type $t) (call $h (local.get 0))))
        (core module $n (import "h" "h" (func (param i64))))
        (core instance $i (instantiate $m (with "h" (instance (export "h" (func $l))))))
        (func $f (param "x" u32) (result u32) (canon lift (core func $i "f"))) (export "f" (func $f)))"#,
    r#"(component
        (core module $outer (table (export "t") 1 funcref) (memory (export "m") 1) (tag (export "e") (param i32)))
        (component $c (alias outer 1 $outer (core module $x)) (core module $y (import "" "t" (table 1 funcref)))
          (core instance $a (instantiate $x))
          (core instance (instantiate $y (with "" (instance (export "t" (table $a "t")))))) (export "x" (core module $x)))
        (instance $i (instantiate $c)) (alias export $i "x" (core module $z)) (core instance (instantiate $z)))"#,
    r#"(component (core type $m (module (type $t (func)) (import "a" "b" (func (type $t))) (export "m" (memory 1))))
        (core module $x (type $v (func)) (type $u (func (param (ref null $v)))) (import "a" "b" (func))
          (import "a" "c" (func (type $u))) (memory (export "m") 1 2))
        (component $c (import "m" (core module $n (type $m))) (export "n" (core module $n)))
        (import "g" (core module (type $m))) (export "x" (core module $x)))"#,
    r#"(component (type $r (resource (rep i32))) (core func (canon resource.new $r)) (core func (canon resource.drop $r))
        (core module (func)) (component (core module (func)) (component (core module (memory 1)))))"#,
    // What is not valid.
    r#"(component (core module $m (import "a" "b" (func))) (core instance (instantiate $m)))"#,
    r#"(component (core module $m (import "a" "b" (func)) (import "a" "b" (func))))"#,
    r#"(component (core module $m (func (export "f") (param i32))) (core instance $i (instantiate $m))
        (core module $n (import "" "f" (func))) (core instance (instantiate $n (with "" (instance $i)))))"#,
    r#"(component (core module $m (func)) (core instance $i (instantiate $m)) (alias core export $i "f" (core func)))"#,
    "(component (core module $m (func (i32.const 0))))",
    "(component (alias outer 1 0 (core module)))",
    "(component (core module) (alias outer 1 0 (core module)))",
    "(component (core module) (alias outer 1 0 (core type)))",
    "(component (core module) (type (component (alias outer 2 0 (core type)))))",
    "(component (core module) (type (instance (core type (module (alias outer 3 0 (type)))))))",
];

fn bytes_of(bytes: &[u8]) -> Bytes {
    Bytes::Shared(Arc::from(bytes))
}

/// What this validation says, and then what reads it.
fn ours(features: &Features, bytes: &[u8]) -> Result<()> {
    let bytes = bytes_of(bytes);
    let mut check = Check::new(features.wasmparser(), Trust::None, &bytes)?;
    let mut parser = Parser::new(0);
    parser.set_features(crate::parse::features::section_features(features.wasmparser()));
    for payload in parser.parse_all(bytes.as_slice()) {
        check.payload(&payload.map_err(crate::parse::error::invalid)?)?;
    }
    read(features, bytes, Trust::Vouched)
}

fn read(features: &Features, bytes: Bytes, trust: Trust) -> Result<()> {
    match Parser::is_component(bytes.as_slice()) {
        true => crate::parse::component(features, bytes, trust).map(drop),
        false => parse_module(features, bytes, trust).map(drop),
    }
}

/// Whether it is valid, where both ways say the same.
fn verdict(features: &Features, bytes: &[u8], what: impl FnOnce() -> String) -> bool {
    let ours = ours(features, bytes);
    let theirs = read(features, bytes_of(bytes), Trust::None);
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: {ours:?}, but {theirs:?}\n{bytes:x?}", what());
    ours.is_ok()
}

fn all() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    MODULES.iter().chain(COMPONENTS).map(|text| (*text, wat::parse_str(text).expect(text)))
}

#[test]
fn valid_and_not() {
    let features = Features::supported();
    for (texts, valid) in [(MODULES, 8), (COMPONENTS, 6)] {
        for (i, text) in texts.iter().enumerate() {
            let bytes = wat::parse_str(text).expect(text);
            assert_eq!(verdict(&features, &bytes, || String::from(*text)), i < valid, "{text}");
        }
    }
}

#[test]
fn each_proposal_off() {
    use Proposal::*;
    let proposals = [
        BulkMemory,
        MultiValue,
        ReferenceTypes,
        Simd,
        RelaxedSimd,
        TailCall,
        ExtendedConst,
        FunctionReferences,
        MultiMemory,
        Memory64,
        Threads,
        Exceptions,
        CustomPageSizes,
        WideArithmetic,
    ];
    for proposal in proposals {
        let mut features = Features::supported();
        features.set(proposal, false);
        let refused = all().filter(|(text, bytes)| !verdict(&features, bytes, || format!("{proposal:?}: {text}")));
        assert!(refused.count() > 0);
    }
}

#[test]
fn changed_bytes() {
    let features = Features::supported();
    let mut valid = 0;
    for (text, bytes) in all() {
        for at in 8..bytes.len() {
            let old = bytes[at];
            for new in [old ^ 1, old.wrapping_add(1), old.wrapping_sub(1), old ^ 0x40, old ^ 0x80, 0, 1, 2, 0x7f, 0xff]
            {
                let mut bytes = bytes.clone();
                bytes[at] = new;
                valid += usize::from(verdict(&features, &bytes, || format!("{at} is {new:#x}: {text}")));
            }
        }
    }
    assert!(valid > 1000, "{valid} of them are valid");
}

/// The component that is checked stands in another; what it exports and needs is told of itself.
#[test]
fn wasmparser_alone_says_so_too() {
    for (text, bytes) in all() {
        let sections = crate::parse::features::section_features(Features::supported().wasmparser());
        let theirs = Validator::new_with_features(sections).validate_all(&bytes);
        if theirs.is_err() {
            assert!(ours(&Features::supported(), &bytes).is_err(), "{text}");
        }
    }
}
