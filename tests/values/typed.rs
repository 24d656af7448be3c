//! The same through Rust types that are known when the test is compiled.

use crate::setup::{Guest, tiers};
use coracle::component::{ComponentNamedList, Lift, Lower};
use std::fmt::Debug;

/// Calls an `echo` with a Rust value and expects it back, by both routes.
fn check<T>(guest: &mut Guest, name: &str, values: &[T])
where
    T: Clone + Debug + PartialEq + Send + Sync + 'static,
    (T,): ComponentNamedList + Lower + Lift,
{
    for route in ["here", "through-import"] {
        guest.route(route);
        let func = guest.func("echo", name).typed::<(T,), (T,)>(&guest.store).unwrap();
        for value in values {
            let (back,) = func.call(&mut guest.store, (value.clone(),)).unwrap();
            assert_eq!(&back, value, "{name} {route}");
        }
    }
}

#[test]
fn rust_values_come_back() {
    for tier in tiers() {
        let guest = &mut Guest::new(tier, "values");
        check(guest, "echo-bool", &[true, false]);
        check(guest, "echo-u8", &[0, 1, u8::MAX]);
        check(guest, "echo-s8", &[i8::MIN, -1, 0, i8::MAX]);
        check(guest, "echo-u16", &[0, u16::MAX]);
        check(guest, "echo-s16", &[i16::MIN, -1, i16::MAX]);
        check(guest, "echo-u32", &[0, u32::MAX]);
        check(guest, "echo-s32", &[i32::MIN, -1, i32::MAX]);
        check(guest, "echo-u64", &[0, 1 << 32, u64::MAX]);
        check(guest, "echo-s64", &[i64::MIN, -1, i64::MAX]);
        check(guest, "echo-f32", &[0.5_f32, f32::MIN_POSITIVE, f32::INFINITY]);
        check(guest, "echo-f64", &[-0.5_f64, f64::EPSILON, f64::NEG_INFINITY]);
        check(guest, "echo-char", &['a', 'ß', '𝄞', char::MAX]);
        check(guest, "echo-string", &[String::new(), "tiny".into(), "𝄞".repeat(5000)]);
        check(guest, "echo-bytes", &[vec![], vec![0_u8, 255], vec![7; 100_000]]);
        check(guest, "echo-longs", &[vec![], vec![0_u64, u64::MAX]]);
        check(guest, "echo-doubles", &[vec![0.25_f64; 1000]]);
        check(guest, "echo-chars", &[vec!['a', '𝄞']]);
        check(guest, "echo-strings", &[vec![String::new(), "x".into(), "y".repeat(300)]]);
        check(guest, "echo-lists", &[vec![], vec![vec![], vec![1_u16, 2, 3]]]);
        check(guest, "echo-tuple", &[(9_u8, -9_i64, 1.25_f32, "nine".to_owned())]);
        check(guest, "echo-option", &[None, Some(3_u32)]);
        check(guest, "echo-option-string", &[None, Some("s".to_owned())]);
        check(guest, "echo-option-option", &[None, Some(None), Some(Some(0.5_f32))]);
        check(guest, "echo-result", &[Ok(1_u32), Err("no".to_owned())]);
        check(guest, "echo-result-ok", &[Ok(-1_i8), Err(())]);
        check(guest, "echo-result-err", &[Ok(()), Err(2.5_f64)]);
        check(guest, "echo-result-none", &[Ok(()), Err::<(), ()>(())]);
    }
}

#[test]
fn a_wrong_type_is_refused_before_the_call() {
    for tier in tiers() {
        let mut guest = Guest::new(tier, "values");
        let func = guest.func("echo", "echo-u32");
        assert!(func.typed::<(u64,), (u32,)>(&guest.store).is_err(), "{tier}");
        assert!(func.typed::<(u32,), ()>(&guest.store).is_err(), "{tier}");
        assert!(func.typed::<(u32, u32), (u32,)>(&guest.store).is_err(), "{tier}");
        let mut out = [coracle::component::Val::Bool(false)];
        assert!(func.call(&mut guest.store, &[], &mut out).is_err(), "{tier}");
        assert!(func.call(&mut guest.store, &[coracle::component::Val::U64(1)], &mut out).is_err(), "{tier}");
    }
}
