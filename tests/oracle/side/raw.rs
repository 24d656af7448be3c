//! Components whose guest passes and returns what it likes: numbers in the place of values, and a memory full of bytes
//! that now and then make sense.

use crate::guest::{self, Realloc};
use crate::ty::{Core, Dice, Ty};
use coracle::component::Val;
use std::fmt::Write as _;

/// Core values that cross before parameters go through memory.
const MAX_FLAT_PARAMS: usize = 16;

/// Bytes of memory that are filled.
const FILLED: usize = 4096;

/// A component that imports `host`, from the type to itself, and exports `go`, which calls it with the numbers that it
/// is given, `out`, which returns what lies at an address, and `memory`. With two encodings there is a guest between it
/// and `host`.
pub(crate) fn component(ty: &Ty, encodings: &[&str], realloc: Realloc, dice: &mut Dice) -> String {
    let mut named = Vec::new();
    let text = ty.text(&mut named);
    let with: String = (0..named.len()).map(|n| format!("(with \"t{n}\" (type $t{n}))")).collect();
    let (between, host) = match encodings {
        [_, b] => (
            format!(
                "(component $B {} (export \"echo\" (func $echo)))
                (instance $b (instantiate $B (with \"r\" (type $r)) {with} (with \"host\" (func $host))))",
                guest::body(ty, b, realloc)
            ),
            "(func $b \"echo\")",
        ),
        _ => (String::new(), "(func $host)"),
    };
    format!(
        "(component
            {types}
            (import \"host\" (func $host (param \"x\" {text}) (result {text})))
            {between}
            (component $A {body})
            (instance $a (instantiate $A (with \"r\" (type $r)) {with} (with \"host\" {host})))
            (export \"go\" (func $a \"go\"))
            (export \"out\" (func $a \"out\"))
            (export \"memory\" (func $a \"memory\")))",
        types = guest::types(&named),
        body = body(ty, encodings[0], dice),
    )
}

/// Parameters of `go` and `out`.
pub(crate) fn params(ty: &Ty, name: &str, dice: &mut Dice) -> Vec<Val> {
    let cores = if name == "go" { passed(ty) } else { returned(ty) };
    cores.iter().map(|core| number(*core, dice)).collect()
}

fn number(core: Core, dice: &mut Dice) -> Val {
    let raw = u64::from(word(dice));
    match core {
        Core::I32 => Val::U32(raw as u32),
        Core::I64 => Val::U64(if dice.below(3) == 0 { dice.roll() } else { raw }),
        Core::F32 => Val::Float32(raw as f32),
        Core::F64 => Val::Float64(raw as f64),
    }
}

/// A small number, an address of what is filled, or anything.
fn word(dice: &mut Dice) -> u32 {
    match dice.below(16) {
        0..7 => dice.below(12) as u32,
        7..12 => dice.below(FILLED as u64 / 8) as u32 * 8,
        12 => dice.below(0x11_0000) as u32,
        13 => u32::MAX - dice.below(8) as u32,
        _ => dice.roll() as u32,
    }
}

/// The core values that a value of the type is passed as.
fn passed(ty: &Ty) -> Vec<Core> {
    let flat = ty.flat();
    if flat.len() > MAX_FLAT_PARAMS { vec![Core::I32] } else { flat }
}

/// The core value that one is returned as.
fn returned(ty: &Ty) -> Vec<Core> {
    let flat = ty.flat();
    if flat.len() > 1 { vec![Core::I32] } else { flat }
}

fn data(dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut put = |bytes: &[u8]| {
        for byte in bytes {
            let _ = write!(text, "\\{byte:02x}");
        }
    };
    for _ in 0..FILLED / 4 {
        match dice.below(4) {
            0 => {
                const TEXTS: [[u8; 4]; 8] = [
                    *b"abcd",
                    [0xc3, 0xa4, 0xc3, 0xbc],
                    [0xf0, 0x9f, 0x98, 0x80],
                    [0xff, 0x41, 0xc3, 0x28],
                    [0x3d, 0xd8, 0x00, 0xde],
                    [0x00, 0xd8, 0x41, 0x00],
                    [0xed, 0xa0, 0x80, 0x41],
                    [0x41, 0x00, 0xe9, 0x00],
                ];
                put(&TEXTS[dice.below(8)]);
            }
            _ => put(&word(dice).to_le_bytes()),
        }
    }
    text
}

fn body(ty: &Ty, encoding: &str, dice: &mut Dice) -> String {
    let mut named = Vec::new();
    let text = ty.text(&mut named);
    let cores = |cores: &[Core]| cores.iter().map(|core| format!(" {}", core.text())).collect::<String>();
    let (go, out) = (passed(ty), returned(ty));
    let spills = ty.flat().len() > 1;
    let sig = cores(&go);
    let (import, drop) = match (spills, out.first()) {
        (true, _) => (format!("(param{sig} i32)"), "(i32.const 65000) (call $f)".to_owned()),
        (false, Some(core)) => (format!("(param{sig}) (result {})", core.text()), "(call $f) drop".into()),
        (false, None) => (format!("(param{sig})"), "(call $f)".into()),
    };
    let result = out.first().map_or_else(String::new, |core| format!("(result {})", core.text()));
    format!(
        "{types}
        (import \"host\" (func $host (param \"x\" {text}) (result {text})))
        (core module $libc
            (memory (export \"memory\") 2)
            (global $next (mut i32) (i32.const 65536))
            (data (i32.const 0) \"{data}\")
            (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                (global.set $next (i32.add (local.get $at) (local.get 3)))
                (if (i32.gt_u (global.get $next) (i32.const 131072)) (then unreachable))
                (memory.copy (local.get $at) (local.get 0) (local.get 1))
                (local.get $at)))
        (core instance $libc (instantiate $libc))
        (core func $host_core (canon lower (func $host) string-encoding={encoding}
            (memory (core memory $libc \"memory\")) (realloc (core func $libc \"realloc\"))))
        (core module $m
            (import \"host\" \"f\" (func $f {import}))
            (import \"libc\" \"memory\" (memory 2))
            (func (export \"go\") (param{sig}) {gets} {drop})
            (func (export \"out\") (param{outs}) {result} {outgets})
            (func (export \"memory\") (result i32)
                (i32.store (i32.const 65500) (i32.const 0)) (i32.store (i32.const 65504) (i32.const 131072))
                (i32.const 65500)))
        (core instance $m (instantiate $m (with \"host\" (instance (export \"f\" (func $host_core))))
            (with \"libc\" (instance $libc))))
        (func (export \"go\") {go_params} (canon lift (core func $m \"go\")))
        (func (export \"out\") {out_params} (result {text}) (canon lift (core func $m \"out\")
            string-encoding={encoding} (memory (core memory $libc \"memory\"))))
        (func (export \"memory\") (result (list u8)) (canon lift (core func $m \"memory\")
            (memory (core memory $libc \"memory\"))))",
        types = guest::types(&named),
        data = data(dice),
        gets = guest::gets(go.len()),
        outs = cores(&out),
        outgets = guest::gets(out.len()),
        go_params = component_params(&go),
        out_params = component_params(&out),
    )
}

/// Parameters of a component's function that arrive as these core values.
fn component_params(cores: &[Core]) -> String {
    let ty = |core: &Core| match core {
        Core::I32 => "u32",
        Core::I64 => "u64",
        Core::F32 => "f32",
        Core::F64 => "f64",
    };
    cores.iter().enumerate().map(|(n, core)| format!("(param \"p{n}\" {}) ", ty(core))).collect()
}
