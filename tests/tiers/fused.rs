//! Operators that the interpreter runs as one, in all their forms: each function has a row of them, and the compiler's
//! native code says what they come to.

use crate::same_with;
use coracle::Val;
use std::fmt::Write;

const COMPARISONS: [&str; 11] = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u", "and"];

/// A module with a memory and these functions, of two parameters and as many locals, which are called with some numbers;
/// each counts in its last local, and gives back both and the first parameter.
fn check(bodies: &[String], args: &[[i32; 2]]) {
    let mut wat = String::from(
        "(module (memory 1) (data (i32.const 16) \"\\05\\00\\00\\05\\04\\03\\02\\01\\ff\\ff\\fe\\80\\7f\\ff\")",
    );
    for (i, body) in bodies.iter().enumerate() {
        let back = "(i32.xor (i32.rotl (local.get 0) (i32.const 9)) (i32.xor (local.get 2) (i32.rotl (local.get 3) (i32.const 17))))";
        write!(wat, "(func (export \"{i}\") (param i32 i32) (result i32) (local i32 i32) {body} {back})").unwrap();
    }
    wat.push(')');
    let names: Vec<String> = (0..bodies.len()).map(|i| i.to_string()).collect();
    let args: Vec<[Val; 2]> = args.iter().map(|args| args.map(Val::I32)).collect();
    let calls: Vec<(&str, &[Val])> =
        names.iter().flat_map(|name| args.iter().map(move |args| (name.as_str(), &args[..]))).collect();
    same_with(&wat, &calls, 1, |_| ());
    same_with(&wat, &calls, 1, |config| _ = config.consume_fuel(true));
}

/// What counts if a condition does not hold, the `k`th of its function, by a branch or by an `if`.
fn unless(condition: &str, k: usize) -> String {
    let count = format!("(local.set 3 (i32.add (i32.rotl (local.get 3) (i32.const 3)) (i32.const {k})))");
    if k.is_multiple_of(2) {
        format!("(block (br_if 0 {condition}) {count})\n")
    } else {
        format!("(if {condition} (then {count}))\n")
    }
}

/// Addresses in all places: a local, a sum, what was computed, a number.
const ADDRESSES: [&str; 4] = [
    "(local.get 0)",
    "(i32.sub (local.get 0) (i32.const 1))",
    "(i32.and (local.get 0) (i32.const 0x1ffff))",
    "(i32.const 18)",
];
const LOADS: [&str; 3] = ["i32.load", "i32.load8_u", "i32.load16_u"];
const PLACES: [[i32; 2]; 5] = [[16, 5], [20, 0x0102_0304], [24, -1], [17, 0], [65_535, 7]];

#[test]
fn loads_with_branches() {
    let mut bodies = Vec::new();
    for load in LOADS {
        for address in ADDRESSES {
            for other in ["(local.get 1)", "(i32.const 5)", "(i32.const 0)"] {
                for kept in [false, true] {
                    let body = COMPARISONS.iter().enumerate().map(|(k, comparison)| {
                        let loaded = format!("({load} offset={} {address})", k % 2);
                        let loaded = if kept { format!("(local.tee 2 {loaded})") } else { loaded };
                        unless(&format!("(i32.{comparison} {loaded} {other})"), k)
                    });
                    bodies.push(body.collect());
                }
            }
        }
    }
    check(&bodies, &PLACES);
}

#[test]
fn loads_with_operators_and_numbers() {
    let mut bodies = Vec::new();
    for load in LOADS {
        for address in ADDRESSES {
            for operator in ["add", "and", "shl", "shr_u", "or"] {
                let mut body = String::new();
                for (k, number) in [1, -8, 24, 0x7fff, 0x8000, 35, 255].into_iter().enumerate() {
                    let value = format!("(i32.{operator} ({load} offset={k} {address}) (i32.const {number}))");
                    let set = "(local.set 3 (i32.add (i32.rotl (local.get 3) (i32.const 5))";
                    writeln!(body, "{set} {value}))").unwrap();
                    writeln!(body, "(local.set 2 {value}) {set} (local.get 2)))").unwrap();
                    body += &unless(&value, k);
                    body += &unless(&format!("(i32.eqz {value})"), k + 1);
                    for than in ["(i32.const 0x05000000)", "(i32.const 5)", "(i32.const 0)", "(local.get 1)"] {
                        body += &unless(&format!("(i32.eq {value} {than})"), k);
                        body += &unless(&format!("(i32.ne (local.tee 2 {value}) {than})"), k);
                    }
                    writeln!(body, "(i32.store offset=40 (local.get 0) {value})").unwrap();
                    writeln!(body, "(i32.store offset={k} {address} {value})").unwrap();
                }
                bodies.push(body);
            }
        }
    }
    check(&bodies, &PLACES[1..]);
}

#[test]
fn tests_with_branches() {
    let mut bodies = Vec::new();
    for a in [
        "(local.get 0)",
        "(i32.mul (local.get 0) (local.get 1))",
        "(local.tee 2 (i32.xor (local.get 0) (local.get 1)))",
    ] {
        for operator in ["add", "and", "shl", "shr_u"] {
            for number in [1, 24, -8, 0xff00] {
                let mut body = String::new();
                for (k, comparison) in COMPARISONS.iter().enumerate() {
                    for than in
                        ["(i32.const 0)", "(i32.const 5)", "(i32.const -1)", "(i32.const 0x05000000)", "(local.get 1)"]
                    {
                        let value = format!("(i32.{operator} {a} (i32.const {number}))");
                        body += &unless(&format!("(i32.{comparison} {value} {than})"), k);
                    }
                }
                for mask in [1, 0x7fff, 0x8000, -2] {
                    let field = format!("(i32.and (i32.shr_u {a} (i32.const {number})) (i32.const {mask}))");
                    writeln!(body, "(local.set 3 (i32.add (i32.rotl (local.get 3) (i32.const 5)) {field}))").unwrap();
                    body += &unless(&field, 1);
                    body += &unless(&format!("(i32.eq {field} (i32.const 1))"), 2);
                }
                bodies.push(body);
            }
        }
    }
    check(&bodies, &[[0, 0], [5, 1], [6, 1], [-1, -1], [0x0500_0005, 5], [1, 0xff05]]);
}

#[test]
fn copies_with_branches() {
    let mut bodies = Vec::new();
    for condition in ["(local.get 0)", "(local.get 2)", "(i32.eqz (local.get 2))"] {
        let copy = "(local.set 2 (local.get 1))";
        bodies.push(format!("{copy} {}", unless(condition, 0)));
        bodies.push(format!("{copy} {} (local.set 0 (local.get 3)) {}", unless(condition, 1), unless(condition, 1)));
    }
    for a in ["(local.get 0)", "(local.get 2)"] {
        for b in ["(local.get 1)", "(local.get 2)", "(i32.const 5)"] {
            let body = COMPARISONS.iter().enumerate().map(|(k, comparison)| {
                let condition = format!("(i32.{comparison} {a} {b})");
                let from = if k.is_multiple_of(3) { "(local.get 0)" } else { "(local.get 1)" };
                // The second condition takes what was computed before the copy.
                let sum = "(local.set 3 (i32.add (local.get 3) (local.get 1))) (local.set 2 (local.get 0))";
                let computed = unless(&format!("(i32.{comparison} (local.get 3) {b})"), k);
                format!("(local.set 2 {from}) {} {sum} {computed}", unless(&condition, k))
            });
            bodies.push(body.collect());
        }
    }
    // A turn that ends with a copy.
    bodies.push(
        "(block $out (loop $l (br_if $out (i32.ge_s (local.get 2) (local.get 0)))
            (local.set 3 (i32.add (local.get 2) (i32.const 3))) (local.set 2 (local.get 3)) (br $l)))"
            .into(),
    );
    bodies.push(
        "(loop $l (local.set 3 (i32.add (local.get 3) (i32.const 2))) (local.set 2 (local.get 1))
            (local.set 1 (local.get 3)) (br_if $l (i32.lt_s (local.get 3) (local.get 0))))"
            .into(),
    );
    check(&bodies, &[[0, 0], [5, 5], [5, 6], [6, 5], [-1, 5], [100, 0]]);
}

/// What lies on the stack below the condition of an `if` is copied before that: one, two, or more in one op.
#[test]
fn copies_before_ifs() {
    let mut bodies = Vec::new();
    for below in 1..=5 {
        for comparison in COMPARISONS {
            for b in ["(i32.const 5)", "(local.get 3)"] {
                let mut value = format!(
                    "(if (result i32) (i32.{comparison} (local.get 1) {b}) (then (i32.const 3)) (else (local.get 0)))"
                );
                for local in 0..below {
                    value = format!("(i32.rotl (i32.add (local.get {}) {value}) (i32.const 7))", local % 4);
                }
                bodies.push(format!("(local.set 3 (i32.const 6)) (local.set 2 {value}) (local.set 3 {value})"));
            }
        }
    }
    check(&bodies, &[[0, 0], [5, 5], [5, 6], [6, 5], [-1, 5], [100, 0]]);
}
