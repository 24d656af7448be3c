//! Every kind of value in every direction, through the guest `values` (see `guests/README.md`).
//!
//! Each function of its `echo` gives back what it is given: by itself (host → guest → host), through the host's
//! own `echo` (guest → host → guest on the way), and, as `chain` and `linked`, through another guest.
//! Values are made from the functions' own types by a generator with a fixed seed, the edges of each type included.

#[path = "values/make.rs"]
mod make;
#[path = "values/resources.rs"]
mod resources;
#[path = "values/setup.rs"]
mod setup;
#[path = "values/typed.rs"]
mod typed;

use coracle::component::Val;
use make::{Maker, same};
use setup::{GUESTS, Guest, tiers};

/// Values that each function is given, in each set-up.
const ROUNDS: usize = 24;

/// The functions of `echo` with one param, by name, in order of the interface's text.
fn echo_names() -> Vec<&'static str> {
    let wit = include_str!("guests/values/wit/values.wit");
    let name = |line: &'static str| line.trim().starts_with("echo-").then(|| line.trim().split(':').next()).flatten();
    wit.lines().filter_map(name).collect()
}

#[test]
fn every_value_comes_back() {
    let names = echo_names();
    assert!(names.len() > 35, "the interface's text is not as expected");
    let mut cases = 0;
    for tier in tiers() {
        for guest in GUESTS {
            for route in ["here", "through-import"] {
                let mut guest = Guest::new(tier, guest);
                guest.route(route);
                for (seed, name) in names.iter().enumerate() {
                    let func = guest.func("echo", name);
                    let ty = func.ty(&guest.store);
                    let (_, param) = ty.params().next().expect("an echo has a param");
                    let mut maker = Maker::new(seed as u64);
                    for round in 0..ROUNDS {
                        let value = maker.value(&param, 0);
                        let back = guest.call(&func, std::slice::from_ref(&value), 1).remove(0);
                        assert!(same(&value, &back), "{tier} {route} {name} round {round}\n{value:?}\n{back:?}");
                        cases += 1;
                    }
                }
            }
        }
    }
    println!("{cases} values came back");
}

#[test]
fn many_params_and_results() {
    for tier in tiers() {
        for guest in GUESTS {
            for route in ["here", "through-import"] {
                let mut guest = Guest::new(tier, guest);
                guest.route(route);
                let mut params = vec![
                    Val::U8(1),
                    Val::S8(-2),
                    Val::U16(3),
                    Val::S16(-4),
                    Val::U32(5),
                    Val::S32(-6),
                    Val::U64(7),
                    Val::S64(-8),
                    Val::Float32(9.5),
                    Val::Float64(-10.25),
                    Val::Bool(true),
                    Val::Char('ß'),
                    Val::String("twelve".into()),
                    Val::String("§13 𝄞".into()),
                ];
                let func = guest.func("echo", "sixteen");
                let line = "1 -2 3 -4 5 -6 7 -8 41180000 c024800000000000 true ß twelve §13 𝄞";
                assert_eq!(guest.call(&func, &params, 1), [Val::String(line.into())], "{tier} {route}");

                params.push(Val::U8(255));
                let func = guest.func("echo", "spilled");
                assert_eq!(guest.call(&func, &params, 1), [Val::Tuple(params)], "{tier} {route}");

                let func = guest.func("echo", "nothing");
                assert_eq!(guest.call(&func, &[], 0), [], "{tier} {route}");
            }
        }
    }
}

#[test]
fn memory_may_move_between_and_within_calls() {
    for tier in tiers() {
        let mut guest = Guest::new(tier, "values");
        let churn = guest.func("control", "churn");
        let echo = guest.func("echo", "echo-bytes");
        for kib in [1_u32, 100, 1000, 5000] {
            guest.call(&churn, &[Val::U32(kib << 10)], 0);
            let bytes = Val::List((0..kib * 64).map(|n| Val::U8(n as u8)).collect());
            assert_eq!(guest.call(&echo, std::slice::from_ref(&bytes), 1), [bytes], "{tier} {kib}");
        }
    }
}

#[test]
fn a_trap_poisons_the_component() {
    for tier in tiers() {
        let mut guest = Guest::new(tier, "values");
        let recurse = guest.func("control", "recurse");
        assert_eq!(guest.call(&recurse, &[Val::U32(1000)], 1), [Val::U32(1000)], "{tier}");
        let trap = guest.func("control", "trap");
        let error = trap.call(&mut guest.store, &[], &mut []).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&coracle::Trap::UnreachableCodeReached), "{tier}: {error:?}");
        let error = recurse.call(&mut guest.store, &[Val::U32(1)], &mut [Val::U32(0)]).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&coracle::Trap::CannotEnterComponent), "{tier}: {error:?}");
    }
}

#[test]
fn deep_recursion_is_a_trap() {
    for tier in tiers() {
        let mut guest = Guest::new(tier, "values");
        let recurse = guest.func("control", "recurse");
        let error = recurse.call(&mut guest.store, &[Val::U32(u32::MAX)], &mut [Val::U32(0)]).unwrap_err();
        let trap = error.downcast_ref::<coracle::Trap>();
        // The guest's own stack may run out of memory before the engine's runs out of depth.
        let expected = [coracle::Trap::StackOverflow, coracle::Trap::MemoryOutOfBounds];
        assert!(trap.is_some_and(|trap| expected.contains(trap)), "{tier}: {error:?}");
    }
}
