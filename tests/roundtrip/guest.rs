//! Components that hand a value on: the text of one for a type, or of two, one behind the other.

use crate::ty::Ty;
use std::fmt::Write;

/// Core values that cross before parameters go through memory.
const MAX_FLAT_PARAMS: usize = 16;

/// A component with an import `host` and an export `echo`, both from the type to itself. With two encodings, `echo`
/// is of a component whose `host` is another's `echo`.
pub(crate) fn component(ty: &Ty, encodings: &[&str], realloc: Realloc) -> String {
    match encodings {
        [one] => format!("(component {}\n(export \"echo\" (func $echo)))", body(ty, one, realloc)),
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
                    (instance $b (instantiate $B (with \"r\" (type $r)) {with} (with \"host\" (func $host))))
                    (instance $a (instantiate $A (with \"r\" (type $r)) {with} (with \"host\" (func $b \"echo\"))))
                    (export \"echo\" (func $a \"echo\")))",
                types = types(&named),
                body_a = body(ty, a, realloc),
                body_b = body(ty, b, realloc),
            )
        }
        _ => unreachable!("one guest or two"),
    }
}

/// How a guest's `realloc` behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Realloc {
    /// One block behind the other, moved at each call.
    Bump,
    /// Each block ends where memory ends, which grows at each call.
    Edge,
    /// As the first, but the numbered call goes wrong.
    Hostile(usize, Mishap),
}

/// What a bad `realloc` does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mishap {
    Unaligned,
    PastTheEnd,
    Nowhere,
    Trap,
}

impl Realloc {
    fn place(self) -> &'static str {
        match self {
            Self::Bump | Self::Hostile(..) => {
                "(local.set $at (i32.and
                    (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get $align))))
                (global.set $next (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 1)))
                (block $fits
                    (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
                    (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536))))))"
            }
            Self::Edge => {
                "(drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536)))))
                (local.set $at (i32.and
                    (i32.sub (i32.mul (memory.size) (i32.const 65536)) (local.get $size))
                    (i32.sub (i32.const 0) (local.get $align))))"
            }
        }
    }

    fn mishap(self) -> String {
        let Self::Hostile(call, mishap) = self else { return String::new() };
        let then = match mishap {
            Mishap::Unaligned => "(return (i32.add (local.get $at) (i32.const 1)))",
            Mishap::PastTheEnd => {
                "(return (i32.and
                    (i32.add (i32.sub (i32.mul (memory.size) (i32.const 65536)) (local.get $size)) (local.get $align))
                    (i32.sub (i32.const 0) (local.get $align))))"
            }
            Mishap::Nowhere => "(return (i32.sub (i32.const 0) (local.get $align)))",
            Mishap::Trap => "unreachable",
        };
        format!(
            "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (if (i32.eq (global.get $calls) (i32.const {call})) (then {then}))"
        )
    }
}

pub(crate) fn types(named: &[String]) -> String {
    let mut text = String::from("(import \"r\" (type $r (sub resource)))\n");
    for (n, body) in named.iter().enumerate() {
        let _ = writeln!(text, "(type $d{n} {body}) (import \"t{n}\" (type $t{n} (eq $d{n})))");
    }
    text
}

pub(crate) fn body(ty: &Ty, encoding: &str, realloc: Realloc) -> String {
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
    format!(
        "{types}
        (import \"host\" (func $host (param \"x\" {text}) (result {text})))
        (core module $libc
            (memory (export \"memory\") 2)
            (global $next (mut i32) (i32.const 65536))
            (global $calls (mut i32) (i32.const 0))
            (func (export \"realloc\") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
                (result i32) (local $at i32)
                {place}
                {mishap}
                (memory.copy (local.get $at) (local.get $old)
                    (select (local.get $old_size) (local.get $size)
                        (i32.lt_u (local.get $old_size) (local.get $size))))
                (local.get $at)))
        (core instance $libc (instantiate $libc))
        (core func $host_core (canon lower (func $host) string-encoding={encoding}
            (memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))))
        (core module $m
            (import \"host\" \"f\" (func $f {import_sig}))
            (func (export \"echo\") {echo_sig} {call}))
        (core instance $m (instantiate $m (with \"host\" (instance (export \"f\" (func $host_core))))))
        (func $echo (param \"x\" {text}) (result {text}) (canon lift (core func $m \"echo\")
            string-encoding={encoding} (memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))))",
        types = types(&named),
        place = realloc.place(),
        mishap = realloc.mishap(),
    )
}

pub(crate) fn gets(count: usize) -> String {
    (0..count).map(|n| format!("(local.get {n}) ")).collect()
}
