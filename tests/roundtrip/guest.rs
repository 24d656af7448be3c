//! Components that hand a value on: the text of one for a type, or of two, one behind the other.

use crate::ty::Ty;
use std::fmt::Write;

/// Core values that cross before parameters go through memory.
const MAX_FLAT_PARAMS: usize = 16;

/// A component with an import `host` and an export `echo`, both from the type to itself. With two encodings, `echo`
/// is of a component whose `host` is another's `echo`.
pub(crate) fn component(ty: &Ty, encodings: &[&str]) -> String {
    match encodings {
        [one] => format!("(component {}\n(export \"echo\" (func $echo)))", body(ty, one, "$host", true)),
        [a, b] => {
            let mut named = Vec::new();
            let text = ty.text(&mut named);
            let with: String = (0..named.len()).map(|n| format!("(with \"t{n}\" (type $t{n}))")).collect();
            format!(
                "(component
                    {types}
                    (import \"host\" (func $host (param \"x\" {text}) (result {text})))
                    (component $B {body_b} (export \"echo\" (func $echo)))
                    (component $A {body_a} (export \"echo\" (func $echo)))
                    (instance $b (instantiate $B {with} (with \"host\" (func $host))))
                    (instance $a (instantiate $A {with} (with \"host\" (func $b \"echo\"))))
                    (export \"echo\" (func $a \"echo\")))",
                types = types(&named),
                body_a = body(ty, a, "$host", true),
                body_b = body(ty, b, "$host", true),
            )
        }
        _ => unreachable!("one guest or two"),
    }
}

fn types(named: &[String]) -> String {
    let mut text = String::new();
    for (n, body) in named.iter().enumerate() {
        let _ = writeln!(text, "(type $d{n} {body}) (import \"t{n}\" (type $t{n} (eq $d{n})))");
    }
    text
}

fn body(ty: &Ty, encoding: &str, host: &str, import: bool) -> String {
    let mut named = Vec::new();
    let text = ty.text(&mut named);
    let flat = ty.flat();
    let params: String = match flat.len() {
        0..=MAX_FLAT_PARAMS => flat.iter().map(|core| format!(" {}", core.text())).collect(),
        _ => " i32".into(),
    };
    let count = params.split_whitespace().count();
    let spills = flat.len() > 1;
    let result = flat.first().map_or("", |core| core.text());
    let (import_sig, echo_sig, call) = if spills {
        let args = gets(count);
        (
            format!("(param{params} i32)"),
            format!("(param{params}) (result i32)"),
            format!("{args} (i32.const 64) (call $f) (i32.const 64)"),
        )
    } else {
        let sig = format!("(param{params}) (result {result})");
        (sig.clone(), sig, format!("{} (call $f)", gets(count)))
    };
    let import = if import {
        format!("(import \"host\" (func {host} (param \"x\" {text}) (result {text})))")
    } else {
        String::new()
    };
    format!(
        "{types}
        {import}
        (core module $libc
            (memory (export \"memory\") 2)
            (global $next (mut i32) (i32.const 65536))
            (func (export \"realloc\") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
                (result i32) (local $at i32)
                (local.set $at (i32.and
                    (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get $align))))
                (global.set $next (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 1)))
                (block $fits
                    (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
                    (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536))))))
                (memory.copy (local.get $at) (local.get $old)
                    (select (local.get $old_size) (local.get $size)
                        (i32.lt_u (local.get $old_size) (local.get $size))))
                (local.get $at)))
        (core instance $libc (instantiate $libc))
        (core func $host_core (canon lower (func {host}) string-encoding={encoding}
            (memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))))
        (core module $m
            (import \"host\" \"f\" (func $f {import_sig}))
            (func (export \"echo\") {echo_sig} {call}))
        (core instance $m (instantiate $m (with \"host\" (instance (export \"f\" (func $host_core))))))
        (func $echo (param \"x\" {text}) (result {text}) (canon lift (core func $m \"echo\")
            string-encoding={encoding} (memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))))",
        types = types(&named),
    )
}

fn gets(count: usize) -> String {
    (0..count).map(|n| format!("(local.get {n}) ")).collect()
}
