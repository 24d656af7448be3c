//! 128-bit vectors: every operator on awkward numbers, and vectors wherever a value can be.

use crate::{loops_entered, promoted, same};
use coracle::{TierPolicy, Val};
use std::fmt::Write as _;

/// Operators from one vector to one.
const UNARY: &str = "
    v128.not i8x16.abs i8x16.neg i8x16.popcnt i16x8.abs i16x8.neg i32x4.abs i32x4.neg i64x2.abs i64x2.neg
    i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u
    i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u
    i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u
    i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s
    i32x4.extadd_pairwise_i16x8_u f32x4.abs f32x4.neg f32x4.sqrt f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest
    f64x2.abs f64x2.neg f64x2.sqrt f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest i32x4.trunc_sat_f32x4_s
    i32x4.trunc_sat_f32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f32x4.convert_i32x4_s
    f32x4.convert_i32x4_u f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u f32x4.demote_f64x2_zero
    f64x2.promote_low_f32x4 i32x4.relaxed_trunc_f32x4_s i32x4.relaxed_trunc_f32x4_u i32x4.relaxed_trunc_f64x2_s_zero
    i32x4.relaxed_trunc_f64x2_u_zero";

/// Operators from two vectors to one.
const BINARY: &str = "
    v128.and v128.andnot v128.or v128.xor i8x16.swizzle i8x16.relaxed_swizzle
    i8x16.add i8x16.sub i8x16.add_sat_s i8x16.add_sat_u i8x16.sub_sat_s i8x16.sub_sat_u i8x16.min_s i8x16.min_u
    i8x16.max_s i8x16.max_u i8x16.avgr_u i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s
    i8x16.le_u i8x16.ge_s i8x16.ge_u i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u
    i16x8.add i16x8.sub i16x8.mul i16x8.add_sat_s i16x8.add_sat_u i16x8.sub_sat_s i16x8.sub_sat_u i16x8.min_s
    i16x8.min_u i16x8.max_s i16x8.max_u i16x8.avgr_u i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u
    i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u i16x8.q15mulr_sat_s
    i16x8.relaxed_q15mulr_s i16x8.relaxed_dot_i8x16_i7x16_s i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s
    i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u
    i32x4.add i32x4.sub i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.eq i32x4.ne i32x4.lt_s
    i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u i32x4.dot_i16x8_s
    i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u
    i64x2.add i64x2.sub i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
    i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
    f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax f32x4.relaxed_min
    f32x4.relaxed_max f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge
    f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax f64x2.relaxed_min
    f64x2.relaxed_max f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge";

/// Operators from three vectors to one.
const TERNARY: &str = "
    v128.bitselect i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect
    i64x2.relaxed_laneselect f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd
    i32x4.relaxed_dot_i8x16_i7x16_add_s";

/// Operators from a vector and a count to a vector.
const SHIFT: &str = "
    i8x16.shl i8x16.shr_s i8x16.shr_u i16x8.shl i16x8.shr_s i16x8.shr_u i32x4.shl i32x4.shr_s i32x4.shr_u i64x2.shl
    i64x2.shr_s i64x2.shr_u";

/// Operators from a vector to a number.
const TEST: &str = "
    v128.any_true i8x16.all_true i16x8.all_true i32x4.all_true i64x2.all_true i8x16.bitmask i16x8.bitmask
    i32x4.bitmask i64x2.bitmask";

/// Vectors at which operators differ: limits, signs, NaNs with payloads, infinities, numbers that just fit.
const INPUTS: [&str; 20] = [
    "i64x2 0 0",
    "i64x2 -1 -1",
    "i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
    "i8x16 -128 127 -127 126 0 1 -1 64 -64 16 31 15 -16 5 100 -100",
    "i16x8 -32768 32767 -32767 1 0 -1 255 256",
    "i32x4 -2147483648 2147483647 -1 65536",
    "i64x2 -9223372036854775808 9223372036854775807",
    "f32x4 0 -0 1 -1",
    "f32x4 inf -inf nan:0x200001 -nan:0x400000",
    "f32x4 2147483648 -2147483648 4294967296 -1.5",
    "f32x4 0x1p-149 -0x1p-126 0x1.fffffep127 2.5",
    "f64x2 0 -0",
    "f64x2 inf -inf",
    "f64x2 nan:0x4000000000001 -nan:0x8000000000000",
    "f64x2 2147483647.5 -2147483649",
    "f64x2 4294967295.9 -0.9",
    "f64x2 0x1p-1074 0x1.fffffffffffffp1023",
    "f64x2 1e39 -1e-50",
    "f64x2 0.5 -2.5",
    "i32x4 1 2 3 4",
];

/// A module with one function per operator: it goes through all inputs, and mixes the results.
fn operators() -> (String, Vec<String>) {
    let mut wat = String::from("(module (memory 1)\n");
    for (i, input) in INPUTS.iter().enumerate() {
        let _ = writeln!(wat, "(data (i32.const {}) \"{}\")", i * 16, escaped(input));
    }
    let mut names = Vec::new();
    let mut func = |op: &str, value: &str| {
        names.push(op.to_owned());
        let _ = writeln!(
            wat,
            "(func (export \"{op}\") (result i64 i64) (local $i i32) (local $j i32) (local $a v128) (local $b v128)
               (local $sum v128)
               (loop $outer
                 (local.set $a (v128.load (local.get $i)))
                 (local.set $j (i32.const 0))
                 (loop $inner
                   (local.set $b (v128.load (local.get $j)))
                   (local.set $sum (i8x16.shuffle 15 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 (local.get $sum) (local.get $sum)))
                   (local.set $sum (v128.xor (local.get $sum) {value}))
                   (local.set $sum (i64x2.add (local.get $sum) (i64x2.splat (i64.const 0x9e3779b97f4a7c15))))
                   (br_if $inner (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 16))) (i32.const {len}))))
                 (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (i32.const {len}))))
               (i64x2.extract_lane 0 (local.get $sum)) (i64x2.extract_lane 1 (local.get $sum)))",
            len = INPUTS.len() * 16,
        );
    };
    for op in UNARY.split_whitespace() {
        func(op, &format!("({op} (v128.xor (local.get $a) (v128.and (local.get $b) (v128.const i64x2 15 3))))"));
    }
    for op in BINARY.split_whitespace() {
        func(op, &format!("({op} (local.get $a) (local.get $b))"));
    }
    for op in TERNARY.split_whitespace() {
        func(op, &format!("({op} (local.get $a) (local.get $b) (v128.load (i32.xor (local.get $j) (i32.const 16))))"));
    }
    for op in SHIFT.split_whitespace() {
        func(op, &format!("({op} (local.get $a) (i32.sub (local.get $j) (i32.const 77)))"));
    }
    for op in TEST.split_whitespace() {
        func(op, &format!("(i32x4.splat ({op} (local.get $a)))"));
    }
    for (shape, count, number) in
        [("i8x16", 16, "i32"), ("i16x8", 8, "i32"), ("i32x4", 4, "i32"), ("i64x2", 2, "i64"), ("f32x4", 4, "f32")]
    {
        let signs: &[&str] = if count > 4 { &["_s", "_u"] } else { &[""] };
        for sign in signs {
            let x = format!("({shape}.extract_lane{sign} {} (local.get $a))", count - 1);
            func(
                &format!("{shape}.lanes{sign}"),
                &format!("({shape}.replace_lane 1 ({shape}.splat {x}) ({number}.load (local.get $j)))"),
            );
        }
    }
    for (load, bytes) in [("load8x8_s", 8), ("load8x8_u", 8), ("load16x4_s", 8), ("load16x4_u", 8), ("load32x2_s", 8)] {
        func(load, &format!("(v128.{load} offset={bytes} (local.get $j))"));
    }
    for load in ["load32x2_u", "load8_splat", "load16_splat", "load32_splat", "load64_splat", "load32_zero"] {
        func(load, &format!("(v128.{load} offset=3 (local.get $j))"));
    }
    for (bits, lane) in [(8, 13), (16, 6), (32, 2), (64, 1)] {
        func(
            &format!("load{bits}_lane"),
            &format!("(v128.load{bits}_lane offset=1 {lane} (local.get $j) (local.get $a))"),
        );
        func(
            &format!("store{bits}_lane"),
            &format!(
                "(block (result v128) (v128.store{bits}_lane offset=1001 {lane} (local.get $j) (local.get $a))
                   (v128.load offset=1000 (local.get $j)))"
            ),
        );
    }
    wat.push(')');
    (wat, names)
}

/// The bytes of a vector, as a string of the text format has them.
fn escaped(input: &str) -> String {
    let module = wat::parse_str(format!("(module (func (drop (v128.const {input}))))")).expect("a vector");
    let at = module.windows(2).position(|two| two == [0xfd, 0x0c]).expect("a constant") + 2;
    module[at..at + 16].iter().fold(String::new(), |text, byte| format!("{text}\\{byte:02x}"))
}

#[test]
fn every_operator() {
    let (wat, names) = operators();
    assert!(names.len() > 230, "{}", names.len());
    let calls: Vec<(&str, &[Val])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let (_, logs) = same(&wat, &calls, 2);
    for (policy, events) in &logs {
        if matches!(policy, TierPolicy::Sync(1) | TierPolicy::Eager) {
            assert_eq!(promoted(events), names.len(), "{policy:?}");
        }
    }
}

/// Parameters, results in registers and in memory, locals, globals, labels, `select`, calls of each kind.
const PLACES: &str = r#"(module
    (import "host" "add" (func $add (param i32 i32) (result i32)))
    (memory 1)
    (global $g (mut v128) (v128.const i64x2 5 6))
    (global $c v128 (v128.const i64x2 -1 77))
    (type $swap (func (param v128 i32 v128) (result v128 i64 v128)))
    (type $many (func (param v128 f64) (result v128 i32 v128 f64 v128 i64 v128)))
    (table funcref (elem $swap $many))
    (func $swap (type $swap) (local.get 2) (i64.extend_i32_s (call $add (local.get 1) (i32.const 1))) (local.get 0))
    (func $many (type $many)
        (local.get 0) (i32.const 3) (i64x2.add (local.get 0) (global.get $c)) (local.get 1)
        (f64x2.splat (local.get 1)) (i64.const -9) (global.get $g))
    (func $fold (param v128 i32 v128 f64 v128 i64 v128) (result i64)
        (i64.add
            (i64x2.extract_lane 1 (i64x2.add (v128.xor (local.get 0) (local.get 2)) (v128.xor (local.get 4) (local.get 6))))
            (i64.add (local.get 5) (i64.extend_i32_s (local.get 1)))))
    (func (export "direct") (param i64) (result i64)
        (call $fold (call $many (i64x2.splat (local.get 0)) (f64.const 1.5))))
    (func (export "indirect") (param i64) (result i64)
        (call $fold (call_indirect (type $many) (i64x2.splat (local.get 0)) (f64.const 2.5) (i32.const 1))))
    (func $tail (type $many) (return_call_indirect (type $many) (local.get 0) (local.get 1) (i32.const 1)))
    (func (export "tail") (param i64) (result i64)
        (call $fold (call $tail (i64x2.splat (local.get 0)) (f64.const 3.5))))
    (func (export "swap") (param i64) (result i64) (local $x v128)
        (local.set $x (i64x2.splat (local.get 0)))
        (call $swap (local.get $x) (i32.const 40) (v128.const i64x2 1 2))
        (local.set $x)
        (i64.add (i64x2.extract_lane 0 (local.get $x)))
        (local.set 0)
        (i64x2.extract_lane 1)
        (i64.add (local.get 0)))
    (func (export "global") (param i64) (result i64)
        (global.set $g (i64x2.add (global.get $g) (i64x2.splat (local.get 0))))
        (i64x2.extract_lane 0 (global.get $g)))
    (func (export "select") (param i64 i32) (result i64)
        (i64x2.extract_lane 1
            (block (result v128)
                (br_if 0 (v128.const i64x2 8 9) (i32.eq (local.get 1) (i32.const 7)))
                (select (i64x2.splat (local.get 0)) (local.get 1))
                (drop)
                (select (result v128) (i64x2.splat (local.get 0)) (v128.const i64x2 3 4) (local.get 1)))))
    ;; A loop with a vector parameter, below operands of every type that wait for its end.
    (func (export "loop") (param $n i32) (result i64) (local $v v128) (local $f f32) (local $r funcref)
        (local.set $v (v128.const i64x2 1 1))
        (v128.const i64x2 100 200)
        (f32.const 1.25)
        (f64.const 2.5)
        (ref.func $swap)
        (v128.load (i32.const 0))
        (i64.const 7)
        (i64x2.splat (i64.const 3))
        (loop (param v128) (result v128)
            (i64x2.add (local.get $v))
            (local.set $v (i64x2.add (local.get $v) (v128.const i64x2 2 3)))
            (local.set $f (f32.add (local.get $f) (f32.const 0.5)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i64x2.extract_lane 1)
        (i64.add)
        (i64x2.splat) (v128.xor (local.get $v)) (v128.xor) (local.set $v)
        (local.set $r)
        (drop) (drop)
        (v128.xor (local.get $v)) (local.set $v)
        (i64.add (i64x2.extract_lane 0 (local.get $v)) (i64.trunc_f32_s (local.get $f)))
        (i64.add (i64.extend_i32_u (ref.is_null (local.get $r)))))
    (elem declare func $swap)
    (func (export "far") (param i32) (result i64)
        (i64x2.extract_lane 0 (v128.load8x8_s offset=65528 (local.get 0))))
    (func (export "edge") (param i32) (result i64)
        (v128.store (local.get 0) (v128.const i64x2 -1 -1))
        (i64x2.extract_lane 0 (v128.load64_lane 0 (local.get 0) (v128.const i64x2 1 1)))))"#;

#[test]
fn everywhere() {
    let calls: &[(&str, &[Val])] = &[
        ("direct", &[Val::I64(5)]),
        ("indirect", &[Val::I64(-5)]),
        ("tail", &[Val::I64(77)]),
        ("swap", &[Val::I64(1 << 40)]),
        ("global", &[Val::I64(3)]),
        ("select", &[Val::I64(3), Val::I32(0)]),
        ("select", &[Val::I64(3), Val::I32(1)]),
        ("select", &[Val::I64(3), Val::I32(7)]),
        ("loop", &[Val::I32(1)]),
        ("loop", &[Val::I32(300)]),
        ("far", &[Val::I32(0)]),
        ("far", &[Val::I32(1)]),
        ("edge", &[Val::I32(65520)]),
        ("edge", &[Val::I32(65521)]),
        ("edge", &[Val::I32(-1)]),
    ];
    let (reference, logs) = same(PLACES, calls, 4);
    assert!(reference[11].contains("out of bounds"), "{}", reference[11]);
    let entered = |events: &[_]| loops_entered(events).len();
    assert!(logs.iter().any(|(policy, events)| matches!(policy, TierPolicy::Sync(100)) && entered(events) > 0));
}
