//! Loops as compilers and people write them: how a turn ends and what it passes on, which the interpreter has ops for.

use crate::{Outcome, same_with};
use coracle::{TierChange, TierEvent, Val};

/// The same outcomes in every tier, also where epochs are looked at: native code has two copies of a small loop then.
fn same(wat: &str, calls: &[(&str, &[Val])], rounds: usize) -> Outcome {
    let (expected, mut logs) = same_with(wat, calls, rounds, |_| ());
    let (found, more) = same_with(wat, calls, rounds, |config| _ = config.epoch_interruption(true));
    assert_eq!(found, expected);
    logs.extend(more);
    (expected, logs)
}

/// Loops that begin with a branch out of them and end with a branch back.
const WHILE: &str = r#"(module (memory 1)
    (func (export "while") (param $n i32) (result i32) (local $x i32)
        (block $out (loop $l
            (br_if $out (i32.eqz (local.get $n)))
            (local.set $x (i32.add (local.get $x) (local.get $n)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $l)))
        (local.get $x))
    (func (export "if") (param $n i32) (result i32) (local $x i32)
        (loop $l
            (if (i32.lt_s (local.get $x) (local.get $n))
                (then (local.set $x (i32.add (local.get $x) (i32.const 3))) (br $l))))
        (local.get $x))
    (func (export "else") (param $n i32) (result i32) (local $x i32)
        (loop $l
            (if (i32.gt_u (local.get $n) (i32.const 5))
                (then
                    (br_if $l (i32.and (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))
                    (local.set $x (i32.add (local.get $x) (i32.const 1)))
                    (br $l))
                (else (local.set $x (i32.mul (local.get $x) (i32.const 10)))))
            (local.set $x (i32.add (local.get $x) (i32.const 7))))
        (local.get $x))
    (func (export "inside") (param $n i32) (result i32) (local $x i32)
        (block $out (loop $l
            (block $odd
                (br_if $odd (i32.and (local.get $n) (i32.const 1)))
                (local.set $x (i32.add (local.get $x) (i32.const 100))))
            (br_if $out (i32.le_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0)))
            (local.set $x (i32.add (local.get $x) (i32.const 1)))
            (br $l)))
        (local.get $x))
    (func (export "spin") (param $n i32) (result i32) (local $x i32)
        (loop $l
            (br_if $l (i32.and (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const 3)))
            (loop $m
                (br_if $m (local.get $n))
                (br_if $l (i32.lt_u (local.get $x) (i32.const 40)))))
        (local.get $x))
    (func (export "mask") (param $n i32) (result i32) (local $x i32)
        (block $out (loop $l
            (br_if $out (i32.and (local.get $n) (i32.const 64)))
            (i32.store (i32.const 8) (local.get $n))
            (local.set $n (i32.add (local.get $n) (i32.load (i32.const 8))))
            (br $l)))
        (local.get $n))
    (func (export "long") (param $n i64) (result i64) (local $x i64)
        (block $out (loop $l
            (br_if $out (i64.ge_u (local.get $x) (local.get $n)))
            (local.set $x (i64.add (local.get $x) (i64.const 3)))
            (br $l)))
        (local.get $x))
    (func (export "floats") (param $n f64) (result f64) (local $x f64)
        (block $out (loop $l
            (br_if $out (f64.ge (local.get $x) (local.get $n)))
            (local.set $x (f64.add (local.get $x) (f64.const 1.5)))
            (br $l)))
        (local.get $x))
    (func (export "both") (param $n i32) (result i32) (local $x i32)
        (block $far (block $near (loop $l
            (br_if $near (i32.eqz (local.get $n)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $far (i32.eq (local.get $n) (i32.const 2)))
            (br $l)))
            (return (i32.const -1)))
        (local.get $n)))"#;

#[test]
fn a_loop_that_begins_with_its_condition() {
    let ints = ["while", "if", "else", "inside", "mask"];
    let some = [1, 2, 7, 30].map(Val::I32);
    let mut calls: Vec<(&str, &[Val])> =
        ints.iter().flat_map(|&name| some.iter().map(move |n| (name, std::slice::from_ref(n)))).collect();
    let (zero, five, two) = ([Val::I32(0)], [Val::I64(50)], [Val::F64(20_f64.to_bits())]);
    for name in ["while", "if", "else", "inside", "spin", "both"] {
        calls.push((name, &zero));
    }
    calls.extend([("both", &some[3..]), ("long", &five[..]), ("floats", &two[..])]);
    let (reference, _) = same(WHILE, &calls, 2);
    for line in ["while: 465", "if: 30", "else: 127", "inside: 1529", "spin: 40", "both: -1", "both: 2", "long: 51"] {
        assert!(reference.iter().any(|it| it == line), "{line}: {reference:?}");
    }
}

/// Steps of every kind, and values that turns pass on.
const STEPS: &str = r#"(module
    (func (export "by_slot") (param $n i32) (param $by i32) (result i32) (local $x i32)
        (loop $l
            (local.set $x (i32.add (local.get $x) (local.get $by)))
            (br_if $l (i32.lt_u (local.get $x) (local.get $n))))
        (local.get $x))
    (func (export "by_slot_signed") (param $by i32) (result i32) (local $x i32)
        (loop $l
            (br_if $l (i32.gt_s (local.tee $x (i32.add (local.get $x) (local.get $by))) (i32.const -100))))
        (local.get $x))
    (func (export "long") (param $n i64) (param $by i64) (result i64) (local $x i64)
        (loop $l
            (br_if $l (i64.ne (local.tee $x (i64.add (local.get $x) (i64.const 1))) (local.get $n))))
        (loop $l
            (local.set $x (i64.sub (local.get $x) (i64.const 1)))
            (br_if $l (i64.ne (local.get $x) (i64.const -5))))
        (loop $l
            (br_if $l (i64.lt_u (local.tee $x (i64.add (local.get $x) (local.get $by))) (i64.const 0x7000000000))))
        (loop $l
            (br_if $l (i64.ge_u (local.tee $x (i64.sub (local.get $x) (i64.const 0x123456789))) (i64.const 0x123456789))))
        (loop $l
            (br_if $l (i32.lt_u (i32.wrap_i64 (local.tee $x (i64.add (local.get $x) (i64.const 0x10000001)))) (i32.const 0x70000000))))
        (local.get $x))
    (func (export "carried") (param $n i32) (result i32) (local $t i32)
        (local.get $n)
        (loop $l (param i32) (result i32)
            (i32.sub (i32.const 1)) (local.tee $t) (br_if $l (local.get $t)))
        (loop $l (param i32) (result i32)
            (i32.add (i32.const 2)) (local.tee $t) (br_if $l (i32.lt_s (local.get $t) (local.get $n)))))
    (func (export "carried_long") (param $n i64) (result i64) (local $t i64)
        (local.get $n)
        (loop $l (param i64) (result i64)
            (i64.sub (i64.const 1)) (local.tee $t) (br_if $l (i64.ne (local.get $t) (i64.const 0)))))
    (func (export "below") (param $n i32) (result i32) (local $t i32)
        (i32.const 1000) (local.get $n)
        (loop $l (param i32) (result i32)
            (i32.sub (i32.const 1)) (local.tee $t) (br_if $l (local.get $t)))
        (i32.add))
    (func (export "fib") (param $n i32) (result i64) (local $a i64) (local $b i64) (local $t i64)
        (local.set $b (i64.const 1))
        (block $out (loop $l
            (br_if $out (i32.eqz (local.get $n)))
            (local.set $t (local.get $b))
            (local.set $b (i64.add (local.get $a) (local.get $b)))
            (local.set $a (local.get $t))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $l)))
        (local.get $a))
    (func (export "passed") (param $n i32) (result i64 i64) (local $a i64) (local $b i64)
        (i64.const 0) (i64.const 1)
        (loop $l (param i64 i64) (result i64 i64)
            (local.set $b) (local.set $a)
            (local.get $b) (i64.add (local.get $a) (local.get $b))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "read_before") (param $n i32) (result i32) (local $a i32) (local $b i32)
        (local.get $n)
        (loop $l (param i32) (result i32)
            (local.set $a (i32.add (i32.const 1)))
            (local.set $b (i32.add (local.get $b) (i32.const 1)))
            (local.get $b)
            (br_if $l (i32.lt_s (local.get $a) (i32.const 9))))
        (i32.add (local.get $a)))
    (func (export "overwritten") (param $n i32) (result i32) (local $t i32) (local $x i32)
        (loop $l
            (local.set $t (local.get $n))
            (local.set $t (i32.add (local.get $t) (local.get $x)))
            (local.set $x (local.get $t))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $x))
    (func (export "shifts") (param $n i32) (result i32) (local $x i32)
        (local.set $x (i32.const 0x12345678))
        (loop $l
            (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
            (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
            (local.set $x (i32.xor (i32.shl (local.get $x) (i32.const 5)) (local.get $x)))
            (local.set $x (i32.add (local.get $x) (i32.shl (local.get $x) (i32.const 3))))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $x)))"#;

#[test]
fn what_a_turn_passes_on() {
    let n = [Val::I32(20)];
    let calls: &[(&str, &[Val])] = &[
        ("by_slot", &[Val::I32(100), Val::I32(7)]),
        ("by_slot", &[Val::I32(-100), Val::I32(0x0100_0001)]),
        ("by_slot_signed", &[Val::I32(-7)]),
        // Until it wraps.
        ("by_slot_signed", &[Val::I32(0x0100_0001)]),
        ("long", &[Val::I64(40), Val::I64(0x3_0000_0001)]),
        ("carried", &n),
        ("carried_long", &[Val::I64(20)]),
        ("below", &n),
        ("fib", &n),
        ("passed", &n),
        ("read_before", &[Val::I32(2)]),
        ("overwritten", &n),
        ("shifts", &n),
    ];
    let (reference, _) = same(STEPS, calls, 2);
    for line in [
        "by_slot: 105",
        "by_slot_signed: -105",
        "carried: 20",
        "carried_long: 0",
        "below: 1000",
        "fib: 6765",
        "passed: 6765 10946",
        "overwritten: 210",
    ] {
        assert!(reference.iter().any(|it| it == line), "{line}: {reference:?}");
    }
}

/// Operands that lie below loops in loops, which native code finds at the innermost.
const BELOW: &str = r#"(module
    (func (export "nest") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $k i32)
        (i32.const 5)
        (loop $a (param i32) (result i32)
            (i32.const 70) (local.get $i)
            (local.set $j (i32.const 0))
            (loop $b
                (f64.convert_i32_s (local.get $j))
                (local.set $k (i32.const 0))
                (loop $c
                    (br_if $c (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (local.get $n))))
                (drop)
                (br_if $b (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $n))))
            (i32.add) (i32.add)
            (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (i32.mul (local.get $k)))
    (func (export "constant") (param $n i32) (result i32) (local $i i32) (local $j i32)
        (i32.const 5)
        (loop $a
            (local.set $j (i32.const 0))
            (loop $b
                (br_if $b (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 3))))
            (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (i32.add (local.get $j))))"#;

#[test]
fn operands_below_loops_in_loops() {
    let calls: &[(&str, &[Val])] =
        &[("nest", &[Val::I32(6)]), ("constant", &[Val::I32(40)]), ("nest", &[Val::I32(15)])];
    let (reference, logs) = same(BELOW, calls, 3);
    assert_eq!(reference[..3], ["nest: 2640", "constant: 8", "nest: 17400"]);
    let refused = |event: &TierEvent| matches!(event.change, TierChange::Refused { .. });
    assert!(!logs.iter().any(|(_, events)| events.iter().any(refused)), "{logs:?}");
}

/// An index that a sum has just left in the accumulator, and arguments that are put in place behind it.
const INDICES: &str = r#"(module
    (type $unary (func (param i32) (result i32)))
    (table 3 funcref)
    (elem (i32.const 0) $a $b $c)
    (func $a (type $unary) (i32.add (local.get 0) (i32.const 100)))
    (func $b (type $unary) (i32.add (local.get 0) (i32.const 200)))
    (func $c (type $unary) (i32.add (local.get 0) (i32.const 300)))
    (func (export "call") (param $i i32) (param $x i32) (result i32)
        (drop (i32.mul (local.get $i) (i32.const 2)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (call_indirect (type $unary) (local.get $x) (local.get $i)))
    (func (export "table") (param $i i32) (param $x i32) (result i32)
        (block $b (result i32)
            (i32.add (i32.const 1000) (block $a (result i32)
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_table $a $b $a (local.get $x) (local.get $i))))))
    (func (export "many") (param $i i32) (param $x i32) (result i32)
        (block $b (result i32 i32 i32 i32 i32 i32 i32 i32 i32)
            (block $a (result i32 i32 i32 i32 i32 i32 i32 i32 i32)
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (local.get $x) (local.get $x) (local.get $x) (local.get $x) (local.get $x)
                (local.get $x) (local.get $x) (local.get $x) (local.get $x)
                (br_table $a $b $a (local.get $i)))
            (drop) (i32.const 3))
        (i32.sub) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add) (i32.add)))"#;

#[test]
fn an_index_in_the_accumulator() {
    let args: Vec<[Val; 2]> = [-1, 0, 1, 2].iter().map(|&i| [i, 7].map(Val::I32)).collect();
    let calls: Vec<(&str, &[Val])> =
        ["call", "table", "many"].iter().flat_map(|&name| args.iter().map(move |args| (name, &args[..]))).collect();
    let (reference, _) = same(INDICES, &calls, 2);
    let expected = ["call: 107", "call: 207", "call: 307", "call: wasm trap", "table: 1007", "table: 7", "table: 1007"];
    for (line, wanted) in reference.iter().zip(expected) {
        assert!(line.starts_with(wanted), "{wanted}: {reference:?}");
    }
}

/// Copies and fills of few bytes, apart and overlapping, up to the end of memory and over it.
const BULK: &str = r#"(module (memory 1)
    (func $sum (result i64) (local $i i32) (local $x i64)
        (loop $l
            (local.set $x (i64.add (i64.rotl (local.get $x) (i64.const 7)) (i64.load8_u (local.get $i))))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))
        (i64.add (local.get $x) (i64.load (i32.const 65528))))
    (func $count (local $i i32)
        (loop $l
            (i32.store8 (local.get $i) (local.get $i))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200)))))
    (func (export "copy") (param $dst i32) (param $src i32) (param $len i32) (result i64)
        (call $count)
        (memory.copy (local.get $dst) (local.get $src) (local.get $len))
        (call $sum))
    (func (export "fill") (param $dst i32) (param $len i32) (result i64)
        (call $count)
        (memory.fill (local.get $dst) (i32.const 0x1a5) (local.get $len))
        (call $sum)))"#;

#[test]
fn few_bytes_at_once() {
    let lengths = [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64];
    let places = [(100, 20), (20, 24), (24, 20), (20, 20), (65_536 - 16, 3), (3, 65_536 - 16), (-4, 0)];
    let copies = places.iter().flat_map(|&(dst, src)| lengths.map(|len| [dst, src, len].map(Val::I32)));
    let copies: Vec<[Val; 3]> = copies.collect();
    let fills: Vec<[Val; 2]> =
        [20, 65_536 - 16, -1].iter().flat_map(|&dst| lengths.map(|len| [dst, len].map(Val::I32))).collect();
    let mut calls: Vec<(&str, &[Val])> = copies.iter().map(|args| ("copy", &args[..])).collect();
    calls.extend(fills.iter().map(|args| ("fill", &args[..])));
    let (reference, _) = same(BULK, &calls, 1);
    let traps = reference.iter().filter(|line| line.contains("out of bounds")).count();
    // From 17 bytes on at the last 16, in either direction; all but none beyond the end.
    assert_eq!(traps, 3 * 5 + 12 + 12, "{reference:?}");
}

/// Branches by number, on a local, on what was just computed, on sums of both.
const TABLES: &str = r#"(module (memory 1)
    (func (export "local") (param $n i32) (result i32)
        (block $c (block $b (block $a (br_table $a $b $c (local.get $n))) (return (i32.const 10))) (return (i32.const 11)))
        (i32.const 12))
    (func (export "sum") (param $n i32) (result i32)
        (block $c (block $b (block $a (br_table $a $b $c (i32.sub (local.get $n) (i32.const 5))))
            (return (i32.const 10))) (return (i32.const 11)))
        (i32.const 12))
    (func (export "loaded") (param $n i32) (result i32)
        (i32.store (i32.const 16) (local.get $n))
        (block $c (block $b (block $a (br_table $a $b $c $b (i32.sub (i32.load (i32.const 16)) (i32.const 3))))
            (return (i32.const 10))) (return (i32.const 11)))
        (i32.const 12))
    (func (export "teed") (param $n i32) (result i32) (local $x i32)
        (block $c (block $b (block $a
            (br_table $a $b $c (local.tee $x (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const -9)))))
            (return (i32.add (local.get $x) (i32.const 10)))) (return (i32.add (local.get $x) (i32.const 20))))
        (i32.add (local.get $x) (i32.const 30)))
    (func (export "value") (param $n i32) (result i32)
        (block $b (result i32) (block $a (result i32)
            (i32.const 77)
            (br_table $a $b (i32.and (local.get $n) (i32.const 1))))
            (return (i32.add (i32.const 1))))))"#;

#[test]
fn branches_by_number() {
    let some = [0, 1, 3, 4, 5, 6, 7, -1].map(Val::I32);
    let names = ["local", "sum", "loaded", "teed", "value"];
    let calls: Vec<(&str, &[Val])> =
        names.iter().flat_map(|&name| some.iter().map(move |n| (name, std::slice::from_ref(n)))).collect();
    let (reference, _) = same(TABLES, &calls, 2);
    for line in ["local: 10", "local: 12", "sum: 11", "loaded: 10", "loaded: 11", "teed: 10", "teed: 33", "value: 78"] {
        assert!(reference.iter().any(|it| it == line), "{line}: {reference:?}");
    }
}
