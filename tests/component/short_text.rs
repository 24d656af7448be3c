//! Strings of every short length, and some longer ones, that cross from guest to guest: what is looked at in the adapter,
//! and what is not.

use crate::engines;
use coracle::component::{Component, Linker};
use coracle::{Result, Store, Trap};

/// `run` puts a byte at an address and passes `len` bytes from `ptr` on, of `a`s else; the other gives length and sum.
const COMPONENT: &str = r#"(component
    (component $taker
        (core module $m (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256))
            (func (export "take") (param $at i32) (param $len i32) (result i32) (local $sum i32) (local $end i32)
                (local.set $end (i32.add (local.get $at) (local.get $len)))
                (block $done (loop $l
                    (br_if $done (i32.eq (local.get $at) (local.get $end)))
                    (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br $l)))
                (i32.add (i32.mul (local.get $len) (i32.const 100000)) (local.get $sum))))
        (core instance $i (instantiate $m))
        (func (export "take") (param "a" string) (result u32)
            (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
    (component $giver
        (import "take" (func $take (param "a" string) (result u32)))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (core func $take (canon lower (func $take) (memory (core memory $memory "memory"))))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "take" (func $take (param i32 i32) (result i32)))
            (func (export "run") (param $ptr i32) (param $len i32) (param $at i32) (param $bytes i32) (result i32)
                (memory.fill (i32.const 0) (i32.const 97) (i32.const 65536))
                (i32.store16 (local.get $at) (local.get $bytes))
                (call $take (local.get $ptr) (local.get $len))))
        (core instance $i (instantiate $m (with "" (instance
            (export "memory" (memory $memory "memory")) (export "take" (func $take))))))
        (func (export "run") (param "ptr" u32) (param "len" u32) (param "at" u32) (param "bytes" u32) (result u32)
            (canon lift (core func $i "run"))))
    (instance $taker (instantiate $taker))
    (instance $giver (instantiate $giver (with "take" (func $taker "take"))))
    (export "run" (func $giver "run")))"#;

/// The length of what is passed, and the sum of its bytes; or the trap.
type Outcome = std::result::Result<(u32, u32), Trap>;

#[test]
fn every_short_string_is_checked() -> Result<()> {
    for engine in engines() {
        let component = Component::new(&engine, COMPONENT)?;
        let pre = Linker::<()>::new(&engine).instantiate_pre(&component)?;
        let run = |ptr: u32, len: u32, at: u32, bytes: u16| -> Result<Outcome> {
            let mut store = Store::new(&engine, ());
            let instance = pre.instantiate(&mut store)?;
            let run = instance.get_typed_func::<(u32, u32, u32, u32), (u32,)>(&mut store, "run")?;
            match run.call(&mut store, (ptr, len, at, bytes.into())) {
                Ok((sum,)) => Ok(Ok((sum / 100_000, sum % 100_000))),
                Err(error) => Ok(Err(*error.downcast_ref::<Trap>().expect("a trap"))),
            }
        };
        // Long ones are looked at by runs of 128.
        for len in (0..=40).chain([127, 128, 129, 257]) {
            assert_eq!(run(1000, len, 0, 0)?, Ok((len, 97 * len)));
            // Behind it, in front of it, at its end.
            assert_eq!(run(1000, len, 1000 + len, 0xffff)?, Ok((len, 97 * len)));
            assert_eq!(run(1000, len, 998, 0xffff)?, Ok((len, 97 * len)));
            assert_eq!(run(65536 - len, len, 0, 0)?, Ok((len, 97 * len)));
            assert_eq!(run(65537 - len, len, 0, 0)?, Err(Trap::StringOutOfBounds));
            assert_eq!(run(u32::MAX - 3, len, 0, 0)?, Err(Trap::StringOutOfBounds));
            for at in 0..len {
                // `é` where there is room for it, and its first half alone.
                let whole = run(1000, len, 1000 + at, 0xa9c3)?;
                match at + 1 < len {
                    true => assert_eq!(whole, Ok((len, 97 * (len - 2) + 0xc3 + 0xa9)), "{len}, {at}"),
                    false => assert_eq!(whole, Err(Trap::InvalidString), "{len}, {at}"),
                }
                assert_eq!(run(1000, len, 1000 + at, 0x6180)?, Err(Trap::InvalidString), "{len}, {at}");
            }
        }
    }
    Ok(())
}
