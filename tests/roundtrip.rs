//! Values of every type between host and guests: host → A → host, and host → A → B → host, in all encodings and tiers.
//!
//! Types and values are random but the same on each run; each type gets a component that hands its argument to an
//! import and the import's result to its caller. `CASES` in the environment sets how many values cross in each tier
//! (default 1500), `TIER=off` or `TIER=sync` that only one tier is used.

#[path = "roundtrip/guest.rs"]
mod guest;
#[path = "roundtrip/ty.rs"]
mod ty;

use coracle::component::{Component, Linker, Resource, ResourceType, Val};
use coracle::{AsContextMut, Config, Engine, Result, Store, TierPolicy, Trap};
use guest::{Mishap, Realloc};
use ty::{Dice, Ty};

/// What the host saw, and gives back.
#[derive(Default)]
struct State {
    seen: Option<Val>,
}

/// What is behind the handles that cross.
struct Thing;

/// A value with resources for representations.
fn to_handles(mut store: impl AsContextMut, ty: &Ty, value: Val) -> Result<Val> {
    ty.handles(value, &mut |rep| {
        let Val::U32(rep) = rep else { unreachable!("a representation stands where a handle goes") };
        Ok(Val::Resource(Resource::<Thing>::new_own(rep).try_into_resource_any(&mut store)?))
    })
}

/// A value with representations for the resources in it, which it consumes.
fn to_reps(mut store: impl AsContextMut, ty: &Ty, value: Val) -> Result<Val> {
    ty.handles(value, &mut |handle| {
        let Val::Resource(handle) = handle else { unreachable!("a handle stands where the type has one") };
        Ok(Val::U32(Resource::<Thing>::try_from_resource_any(handle, &mut store)?.rep()))
    })
}

/// Sends values through guests of one type. Those that a hostile `realloc` ends in its trap count too.
fn run(engine: &Engine, ty: &Ty, dice: &mut Dice, encodings: &[&str], values: usize, realloc: Realloc) -> Result<()> {
    let text = guest::component(ty, encodings, realloc);
    let component = Component::new(engine, &text).map_err(|e| e.context(text.clone()))?;
    let mut linker: Linker<State> = Linker::new(engine);
    linker.root().resource("r", ResourceType::host::<Thing>(), |_, _| Ok(()))?;
    let of = ty.clone();
    linker.root().func_new("host", move |mut store, _, params, results| {
        let value = to_reps(&mut store, &of, params[0].clone())?;
        store.data_mut().seen = Some(value.clone());
        results[0] = to_handles(&mut store, &of, value)?;
        Ok(())
    })?;
    let pre = linker.instantiate_pre(&component).map_err(|e| e.context(text.clone()))?;
    for _ in 0..values {
        let mut store = Store::new(engine, State::default());
        let instance = pre.instantiate(&mut store)?;
        let echo = instance.get_func(&mut store, "echo").expect("it is exported");
        let value = ty.value(dice);
        let sent = to_handles(&mut store, ty, value.clone())?;
        let mut back = [Val::Bool(false)];
        match (echo.call(&mut store, &[sent], &mut back), realloc) {
            (Ok(()), _) => {}
            (Err(error), Realloc::Hostile(..)) if is_of_realloc(error.downcast_ref()) => continue,
            (Err(error), _) => return Err(error.context(text.clone())),
        }
        assert_eq!(store.data().seen.as_ref(), Some(&value), "on the way there:\n{text}");
        let [back] = back;
        assert_eq!(to_reps(&mut store, ty, back)?, value, "on the way back:\n{text}");
    }
    Ok(())
}

/// Between guests the suite wants the traps of the value that there was to be room for.
fn is_of_realloc(trap: Option<&Trap>) -> bool {
    let host = [Trap::ReallocUnaligned, Trap::ReallocOutOfBounds, Trap::UnreachableCodeReached];
    let fused = [Trap::UnalignedPointer, Trap::ListOutOfBounds, Trap::StringOutOfBounds, Trap::PointerOutOfBounds];
    trap.is_some_and(|trap| host.contains(trap) || fused.contains(trap))
}

fn cases() -> usize {
    std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1500)
}

/// Engines of the tiers that are asked for.
fn engines() -> Vec<(TierPolicy, Engine)> {
    let all: &[TierPolicy] = match std::env::var("TIER").as_deref() {
        Ok("off") => &[TierPolicy::Off],
        Ok("sync") => &[TierPolicy::Sync(1)],
        _ if cfg!(feature = "jit") => &[TierPolicy::Off, TierPolicy::Sync(1)],
        _ => &[TierPolicy::Off],
    };
    let engine = |&tier: &TierPolicy| {
        let mut config = Config::new();
        config.tier_policy(tier);
        (tier, Engine::new(&config).expect("an engine"))
    };
    all.iter().map(engine).collect()
}

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];
const MISHAPS: [Mishap; 4] = [Mishap::Unaligned, Mishap::PastTheEnd, Mishap::Nowhere, Mishap::Trap];

#[test]
fn host_guest_host() -> Result<()> {
    for (tier, engine) in engines() {
        let mut dice = Dice::new(1);
        let (mut done, mut types) = (0, 0);
        while done < cases() {
            let ty = Ty::random(&mut dice, 3);
            for encoding in ENCODINGS {
                let realloc = if types % 4 == 3 { Realloc::Edge } else { Realloc::Bump };
                run(&engine, &ty, &mut dice, &[encoding], 5, realloc)?;
                done += 5;
            }
            types += 1;
        }
        println!("{tier:?}: {done} values of {types} types, host → guest → host");
    }
    Ok(())
}

#[test]
fn host_guest_guest_host() -> Result<()> {
    for (tier, engine) in engines() {
        let mut dice = Dice::new(2);
        let (mut done, mut types) = (0, 0);
        while done < cases() {
            let ty = Ty::random(&mut dice, 3);
            for a in ENCODINGS {
                for b in ENCODINGS {
                    let realloc = if types % 4 == 3 { Realloc::Edge } else { Realloc::Bump };
                    run(&engine, &ty, &mut dice, &[a, b], 4, realloc)?;
                    done += 4;
                }
            }
            types += 1;
        }
        println!("{tier:?}: {done} values of {types} types, host → guest → guest → host");
    }
    Ok(())
}

#[test]
fn hostile_reallocs_end_in_their_trap() -> Result<()> {
    for (tier, engine) in engines() {
        let mut dice = Dice::new(3);
        let (mut done, mut types) = (0, 0);
        while done < cases() / 4 {
            let ty = Ty::random(&mut dice, 3);
            for (n, mishap) in MISHAPS.into_iter().enumerate() {
                let realloc = Realloc::Hostile(1 + (types + n) % 5, mishap);
                let (a, b) = (ENCODINGS[types % 3], ENCODINGS[types / 3 % 3]);
                run(&engine, &ty, &mut dice, &[a, b], 3, realloc)?;
                done += 3;
            }
            types += 1;
        }
        println!("{tier:?}: {done} values of {types} types, hostile reallocs");
    }
    Ok(())
}
