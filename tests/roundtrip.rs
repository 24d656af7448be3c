//! Values of every type between host and guests: host → A → host, and host → A → B → host, in all encodings.
//!
//! Types and values are random but the same on each run; each type gets a component that hands its argument to an
//! import and the import's result to its caller. `CASES` in the environment sets how many values cross (default 3000).

#[path = "roundtrip/guest.rs"]
mod guest;
#[path = "roundtrip/ty.rs"]
mod ty;

use coracle::component::{Component, Linker, Val};
use coracle::{Engine, Result, Store};
use ty::{Dice, Ty};

/// What the host saw, and gives back.
#[derive(Default)]
struct State {
    seen: Option<Val>,
}

fn run(engine: &Engine, ty: &Ty, dice: &mut Dice, encodings: &[&str], values: usize) -> Result<usize> {
    let text = guest::component(ty, encodings);
    let component = Component::new(engine, &text).map_err(|e| e.context(text.clone()))?;
    let mut linker: Linker<State> = Linker::new(engine);
    linker.root().func_new("host", |mut store, _, params, results| {
        store.data_mut().seen = Some(params[0].clone());
        results[0] = params[0].clone();
        Ok(())
    })?;
    let pre = linker.instantiate_pre(&component).map_err(|e| e.context(text.clone()))?;
    for _ in 0..values {
        let mut store = Store::new(engine, State::default());
        let instance = pre.instantiate(&mut store)?;
        let echo = instance.get_func(&mut store, "echo").expect("it is exported");
        let value = ty.value(dice);
        let mut back = [Val::Bool(false)];
        echo.call(&mut store, std::slice::from_ref(&value), &mut back).map_err(|e| e.context(text.clone()))?;
        assert_eq!(store.data().seen.as_ref(), Some(&value), "on the way there:\n{text}");
        assert_eq!(back[0], value, "on the way back:\n{text}");
    }
    Ok(values)
}

fn cases() -> usize {
    std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3000)
}

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

#[test]
fn host_guest_host() -> Result<()> {
    let (engine, mut dice) = (Engine::default(), Dice::new(1));
    let (mut done, mut types) = (0, 0);
    while done < cases() {
        let ty = Ty::random(&mut dice, 3);
        for encoding in ENCODINGS {
            done += run(&engine, &ty, &mut dice, &[encoding], 5)?;
        }
        types += 1;
    }
    println!("{done} values of {types} types, host → guest → host");
    Ok(())
}

#[test]
fn host_guest_guest_host() -> Result<()> {
    let (engine, mut dice) = (Engine::default(), Dice::new(2));
    let (mut done, mut types) = (0, 0);
    while done < cases() {
        let ty = Ty::random(&mut dice, 3);
        for a in ENCODINGS {
            for b in ENCODINGS {
                done += run(&engine, &ty, &mut dice, &[a, b], 2)?;
            }
        }
        types += 1;
    }
    println!("{done} values of {types} types, host → guest → guest → host");
    Ok(())
}
